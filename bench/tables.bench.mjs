// npm run bench -- tables: the routing table and the seen-set against their fallback in TypeScript, a walk over a sorted
// array, a full sort and a Set of strings, in interleaved rounds; memory and the goals beside it.
import { loadKernels } from '../dist/kernels/index.js'
import { SortedWalk } from './lib/sorted-walk.mjs'

export const name = 'tables'

/** Many short turns: one that another process interrupts is an outlier, and medians do not see it. */
const ROUNDS = 151
const CALLS = 500
/** Goals of this project in nanoseconds (docs/performance.md). */
const GOALS = { closest: { 1000: 400, 10_000: 500, 100_000: 600 }, churn: { 10_000: 500 }, insert: 105, hit: 45 }
const SIZES = [1000, 10_000, 100_000]
const SEEN_IDS = 1_000_000
const BATCH = 256
/** Ids of one turn. */
const TURN = 16 * BATCH

const wasm = loadKernels({ backend: 'wasm' }).tables
const fallback = loadKernels({ backend: 'fallback' }).tables
const median = values => [...values].sort((a, b) => a - b)[values.length >> 1]

/** A generator of seeded random bytes: the same ids in every run. */
function randomIds(count, bytes = 32, seed = 12_345) {
  let state = seed
  const words = new Uint32Array((count * bytes) / 4)
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = Math.imul(state, 0x9e37_79b1)
  }
  return new Uint8Array(words.buffer)
}

/** Medians in nanoseconds a call, and the median of the ratios of each round to the first candidate. */
function compare(candidates) {
  const entries = Object.entries(candidates).map(([label, work]) => ({ label, work, ns: [] }))
  for (const { work } of entries) for (let i = 0; i < 20_000; i++) work(i)
  for (let round = 0; round < ROUNDS; round++) {
    for (const { work, ns } of entries) {
      const startMs = performance.now()
      for (let i = round * CALLS; i < (round + 1) * CALLS; i++) work(i)
      ns.push(((performance.now() - startMs) / CALLS) * 1e6)
    }
  }
  const [first] = entries
  return Object.fromEntries(
    entries.map(({ label, ns }) => [
      label,
      { ns: median(ns), ratio: median(ns.map((value, i) => value / first.ns[i])) },
    ]),
  )
}

function filled(kernel, ids, count) {
  const table = kernel.routing({ own: ids.subarray(0, 32), capacity: count + 64 })
  for (let i = 0; i < count; i++) table.insert(ids, 32 * i)
  return table
}

/** Closest 20 of `count` ids, copies in and out included. */
function closest(count) {
  const ids = randomIds(count)
  const targets = randomIds(4096, 32, 999)
  const out = new Int32Array(20)
  const asking = table => i => table.closest(targets, out, 20, 32 * (i & 4095))
  const batches = Array.from({ length: 256 }, (_, i) => targets.subarray(512 * i, 512 * (i + 1)))
  const answers = new Int32Array(20 * 16)
  const batched = filled(wasm, ids, count)
  const sorted = new SortedWalk(ids)
  const results = compare({
    wasm: asking(filled(wasm, ids, count)),
    fallback: asking(filled(fallback, ids, count)),
    'sorted walk in JS': i => sorted.closest(targets, 32 * (i & 4095), 20, out),
    'wasm, 16 in a batch': i => (i & 15) === 0 && batched.closestBatch(batches[(i >>> 4) & 255], answers, 20),
  })
  batched.free()
  return results
}

/** One id in and out of a table of `count`. */
function churn(count) {
  const ids = randomIds(count)
  const others = randomIds(4096, 32, 77)
  const turning = table => i => table.remove(table.insert(others, 32 * (i & 4095)))
  return compare({ wasm: turning(filled(wasm, ids, count)), fallback: turning(filled(fallback, ids, count)) })
}

/** A set that holds a full old generation and a young one that is being filled by `insert`, then asked for again by `hit`. */
function seen() {
  const old = randomIds(SEEN_IDS, 32, 5)
  const ids = randomIds(SEEN_IDS, 32, 6)
  const fresh = new Uint8Array(BATCH)
  const rounds = {
    wasm: { insert: [], hit: [] },
    fallback: { insert: [], hit: [] },
    'Set of latin1': { insert: [], hit: [] },
  }
  for (let round = 0; round < 3; round++) {
    for (const [label, kernel] of Object.entries({ wasm, fallback })) {
      const set = kernel.seen({ key: old.subarray(0, 16), capacity: SEEN_IDS, ttlMs: 1000 })
      const all = (from, nowMs) => {
        const turns = []
        for (let at = 0; at + TURN <= SEEN_IDS; at += TURN) {
          const startMs = performance.now()
          for (let next = at; next < at + TURN; next += BATCH) {
            set.insertBatch(from.subarray(32 * next, 32 * (next + BATCH)), BATCH, fresh, nowMs)
          }
          turns.push(((performance.now() - startMs) / TURN) * 1e6)
        }
        return median(turns)
      }
      all(old, 0)
      rounds[label].insert.push(all(ids, 1000))
      rounds[label].hit.push(all(ids, 1000))
      if (set.size < 2 * SEEN_IDS - 2 * TURN || set.earlyRotations > 0)
        throw new Error('the generations are not both full')
      set.free()
    }
    const strings = new Set()
    const bytes = Buffer.from(ids.buffer)
    const asStrings = () => {
      const turns = []
      for (let at = 0; at + TURN <= SEEN_IDS; at += TURN) {
        const startMs = performance.now()
        for (let id = at; id < at + TURN; id++) strings.add(bytes.latin1Slice(32 * id, 32 * (id + 1)))
        turns.push(((performance.now() - startMs) / TURN) * 1e6)
      }
      return median(turns)
    }
    rounds['Set of latin1'].insert.push(asStrings())
    rounds['Set of latin1'].hit.push(asStrings())
  }
  return Object.fromEntries(
    Object.entries(rounds).map(([label, { insert, hit }]) => [label, { insert: median(insert), hit: median(hit) }]),
  )
}

function printRows(title, results, goal) {
  const columns = Object.entries(results).map(
    ([label, { ns, ratio }]) => `${label} ${ns.toFixed(0)} ns${ratio === 1 ? '' : ` (${ratio.toFixed(2)} ×)`}`,
  )
  console.log(`${title.padEnd(26)} ${columns.join(', ')}${goal === undefined ? '' : `  goal ${goal} ns`}`)
}

/**
 * Measures everything.
 *
 * @param {{ json?: boolean }} options `json` prints one object
 */
export async function run({ json = false } = {}) {
  const results = { node: process.version, closest: {}, churn: {}, seen: {} }
  for (const count of SIZES) {
    results.closest[count] = closest(count)
    results.churn[count] = churn(count)
    if (json) continue
    printRows(`closest 20 of ${count}`, results.closest[count], GOALS.closest[count])
    printRows(`insert + remove at ${count}`, results.churn[count], GOALS.churn[count])
  }
  results.seen = seen()
  if (json) return console.log(JSON.stringify(results))
  for (const [label, { insert, hit }] of Object.entries(results.seen)) {
    console.log(`seen-set, 1 M ids, ${label}: insert ${insert.toFixed(0)} ns, hit ${hit.toFixed(0)} ns`)
  }
  console.log(`goals: insert ${GOALS.insert} ns, hit ${GOALS.hit} ns`)
}

if (process.argv[1] === import.meta.filename) await run({ json: process.argv.includes('--json') })
