// A soak from its start to its verdict: starts the members, cuts what is between them, samples, judges.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Cutter } from './cutter.mjs'
import { quantile } from './ledger.mjs'
import { randomOf } from './random.mjs'
import { trends } from './trend.mjs'

const MIB = 1024 * 1024
/** Time for the members to end what is under way and to close. */
const STOP_MS = 90_000

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** A process of member.mjs whose functions can be called. */
function startMember(seed) {
  const file = fileURLToPath(new URL('member.mjs', import.meta.url))
  const child = fork(file, [String(seed)], { execArgv: ['--expose-gc'] })
  const waiting = new Map()
  const member = { onReopened: () => undefined, crashed: undefined }
  let calls = 0
  child.on('message', ({ number, answer, reopened }) => {
    if (reopened !== undefined) return member.onReopened(reopened)
    waiting.get(number)?.resolve(answer)
    waiting.delete(number)
  })
  member.ended = new Promise(resolve => {
    child.on('exit', code => {
      for (const { reject } of waiting.values()) reject(new Error(`a member ended with code ${code}`))
      resolve(code)
    })
  })
  member.call = (call, given) =>
    new Promise((resolve, reject) => {
      const number = ++calls
      waiting.set(number, { resolve, reject })
      child.send({ number, call, given }, error => error && reject(error))
    })
  member.kill = () => child.kill('SIGKILL')
  return member
}

/** Gates to every node of a member; answers its nodes as the other member is to dial them. */
async function gatesTo(member, cutter) {
  const opened = await member.call('open')
  const gates = []
  for (const { index, ports } of opened) {
    gates[index] = {}
    for (const scheme of Object.keys(ports)) {
      gates[index][scheme] = await cutter.gate()
      gates[index][scheme].aim(ports[scheme])
    }
  }
  member.onReopened = ({ index, ports }) => {
    for (const [scheme, port] of Object.entries(ports)) gates[index][scheme].aim(port)
  }
  return opened.map(({ index, id, ports }) => ({
    id,
    addresses: Object.keys(ports).map(scheme => `${scheme}://127.0.0.1:${gates[index][scheme].port}#${id}`),
  }))
}

/** Cuts or stalls a connection every now and then until it is stopped. */
function disturb(cutter, random) {
  let timer
  const next = () => {
    timer = setTimeout(
      () => {
        if (random.chance(0.85)) cutter.cut(random)
        else cutter.stall(random, random.whole(200, 6_000))
        next()
      },
      random.whole(300, 2_500),
    )
  }
  next()
  return () => clearTimeout(timer)
}

function add(target, counts) {
  for (const [name, count] of Object.entries(counts)) target[name] = (target[name] ?? 0) + count
}

/** Both members' samples as one. */
function merge(parts, minute) {
  const sum = key => parts.reduce((total, part) => total + part[key], 0)
  const times = parts.flatMap(part => part.times)
  const operations = {}
  const errors = {}
  for (const part of parts) {
    add(operations, part.operations)
    add(errors, part.errors)
  }
  return {
    minute: +minute.toFixed(3),
    heap: sum('heapUsed') / MIB,
    external: sum('external') / MIB,
    buffers: sum('arrayBuffers') / MIB,
    rss: sum('rss') / MIB,
    handles: sum('handles'),
    sessions: sum('sessions'),
    streams: sum('streams'),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    operations,
    errors,
    unexpected: Object.assign({}, ...parts.map(part => part.unexpected)),
    problems: parts.flatMap(part => part.problems),
  }
}

const count = counts => Object.values(counts).reduce((sum, one) => sum + one, 0)
const mib = value => value.toFixed(1).padStart(7)

function printRow(sample, json) {
  if (json) return console.log(JSON.stringify({ suite: 'soak', ...sample }))
  const { minute, heap, external, rss, handles, sessions, streams, p50, p99, operations, errors } = sample
  const cells = [minute.toFixed(2).padStart(6), mib(heap), mib(external), mib(rss)]
  cells.push(...[handles, sessions, streams].map(value => String(value).padStart(8)))
  cells.push(p50.toFixed(1).padStart(7), p99.toFixed(1).padStart(8))
  cells.push(...[count(operations), count(errors)].map(value => String(value).padStart(9)))
  console.log(cells.join(' '))
}

const HEAD =
  'minute    heap  extern.     rss  handles sessions  streams  p50 ms   p99 ms operations    errors   (MiB, both processes)'

/**
 * Runs a soak.
 *
 * @param {{ minutes: number, seed: number, json?: boolean }} options
 * @returns {Promise<{ passed: boolean, samples: object[], trends: object[], faults: string[] }>}
 */
export async function soak({ minutes, seed, json = false }) {
  const random = randomOf(seed)
  const cutter = new Cutter()
  const members = [startMember(random.seed()), startMember(random.seed())]
  const samples = []
  const faults = []
  const totals = { operations: {}, errors: {} }
  if (!json) console.log(`soak: ${minutes} min, seed ${seed}\n${HEAD}`)
  try {
    const [east, west] = [await gatesTo(members[0], cutter), await gatesTo(members[1], cutter)]
    await Promise.all([members[0].call('go', west), members[1].call('go', east)])
    const calm = disturb(cutter, random)
    const everyMs = Math.min(10_000, Math.max(1_500, (minutes * 60_000) / 40))
    const startMs = performance.now()
    let printedMs = -Infinity
    for (;;) {
      await pause(everyMs)
      const elapsedMs = performance.now() - startMs
      const sample = merge(await Promise.all(members.map(member => member.call('sample'))), elapsedMs / 60_000)
      samples.push(sample)
      add(totals.operations, sample.operations)
      add(totals.errors, sample.errors)
      if (json || elapsedMs - printedMs >= Math.min(60_000, minutes * 7_500) - everyMs / 2) {
        printRow(sample, json)
        printedMs = elapsedMs
      }
      if (elapsedMs >= minutes * 60_000) break
    }
    calm()
    await Promise.race([
      Promise.all(members.map(member => member.call('stop'))),
      pause(STOP_MS).then(() => Promise.reject(new Error(`the members did not end within ${STOP_MS} ms`))),
    ])
    const last = merge(await Promise.all(members.map(member => member.call('sample'))), minutes)
    add(totals.operations, last.operations)
    add(totals.errors, last.errors)
    faults.push(...last.problems, ...Object.entries(last.unexpected).map(([text, times]) => `${times} × ${text}`))
    await Promise.all(members.map(member => member.call('leave')))
    const codes = await Promise.race([
      Promise.all(members.map(member => member.ended)),
      pause(10_000).then(() => ['still running 10 s after its last node was closed']),
    ])
    faults.push(...codes.filter(code => code !== 0).map(code => `a member did not end: ${code}`))
  } catch (error) {
    faults.push(String(error?.stack ?? error))
  } finally {
    for (const member of members) member.kill()
    cutter.close()
  }
  const judged = trends(samples)
  faults.push(...judged.filter(({ grows }) => grows).map(({ measure }) => `${measure} grows`))
  if (count(totals.operations) === 0) faults.push('nothing was done')
  printVerdict({ judged, totals, faults, cuts: cutter.cuts, json })
  return { passed: faults.length === 0, samples, trends: judged, faults }
}

function printVerdict({ judged, totals, faults, cuts, json }) {
  if (json) {
    return console.log(
      JSON.stringify({ suite: 'soak', verdict: faults.length === 0, trends: judged, totals, faults, cuts }),
    )
  }
  console.log(
    `\nafter the warm-up, a minute: slope ± its standard error, beside the mean and the noise around the line`,
  )
  for (const { measure, slope, error, mean, noise, grows } of judged) {
    const unit = measure === 'handles' ? '' : ' MiB'
    const line = `${slope >= 0 ? '+' : ''}${slope.toFixed(3)} ± ${error.toFixed(3)}${unit}`
    console.log(
      `  ${measure.padEnd(9)} ${line.padEnd(26)} mean ${mean.toFixed(1)}, noise ${noise.toFixed(1)}${grows ? '  GROWS' : ''}`,
    )
  }
  const list = counts =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ')
  console.log(`operations: ${list(totals.operations)}`)
  console.log(`errors as cuts, closings and deadlines cause them: ${list(totals.errors)}`)
  console.log(`connections cut: ${cuts}`)
  for (const fault of faults) console.log(`FAULT: ${fault}`)
  console.log(faults.length === 0 ? 'soak: passed' : `soak: FAILED, ${faults.length} faults`)
}
