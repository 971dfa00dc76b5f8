// npm run bench -- kernels [--json]: AEAD and BLAKE3 of the built package against what a user would pick instead.
import { createCipheriv } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake3 as nobleBlake3 } from '@noble/hashes/blake3.js'
import { createBLAKE3 } from 'hash-wasm'
import { loadKernels } from '../dist/kernels/index.js'

export const name = 'kernels'

/** Rounds in which every candidate has its turn, so that a noisy moment hits all of them. */
const ROUNDS = 15
/** Length of one turn. */
const TURN_MS = 8
/** Goals in µs of this project (docs/performance.md); bulk AEAD is held against 1.1 GB/s. */
const GOALS = { aead: { 64: 0.3, 1024: 1.25, 16384: 14.9, 65536: 59.6 }, blake3: { 64: 0.1, 1024: 1, 65536: 42 } }
const AEAD_SIZES = [64, 100, 1024, 16_384, 65_519]
const BLAKE3_SIZES = [64, 1024, 65_536]

const median = values => [...values].sort((a, b) => a - b)[values.length >> 1]

/** Nanoseconds a call, measured for about TURN_MS with as many calls as the warm-up found fitting. */
function turn({ work, calls }) {
  const startMs = performance.now()
  for (let i = 0; i < calls; i++) work()
  return ((performance.now() - startMs) / calls) * 1e6
}

function calibrate(work) {
  const startMs = performance.now()
  let calls = 0
  while (performance.now() - startMs < 60 || calls < 2000) {
    work()
    calls++
    if (performance.now() - startMs > 400) break
  }
  return Math.max(1, Math.round((calls * TURN_MS) / (performance.now() - startMs)))
}

/** Medians of interleaved rounds by candidate. */
function compare(candidates) {
  const entries = Object.entries(candidates).map(([label, work]) => ({ label, work, calls: calibrate(work), ns: [] }))
  for (let round = 0; round < ROUNDS; round++) for (const entry of entries) entry.ns.push(turn(entry))
  return Object.fromEntries(entries.map(({ label, ns }) => [label, median(ns)]))
}

/** Seals in place in a buffer of their own, as a session does; the peers as their own documentation shows it. */
function aeadCandidates(length) {
  const [secret, nonce, ad] = [new Uint8Array(32).fill(7), new Uint8Array(12), new Uint8Array(3)]
  const buffer = new Uint8Array(length + 3 + 16)
  const text = new Uint8Array(length)
  const out = new Uint8Array(length + 16)
  const key = loadKernels({ backend: 'wasm' }).aead.key(secret)
  return {
    hyphae: () => key.seal(nonce, ad, 0, 3, buffer, 3, 3 + length),
    'node:crypto': () => {
      const cipher = createCipheriv('chacha20-poly1305', secret, nonce, { authTagLength: 16 })
      cipher.setAAD(ad)
      out.set(cipher.update(text))
      cipher.final()
      out.set(cipher.getAuthTag(), length)
    },
    noble: () => chacha20poly1305(secret, nonce, ad).encrypt(text, out),
  }
}

function blake3Candidates(length, hashWasm) {
  const input = new Uint8Array(length).fill(9)
  const { blake3 } = loadKernels({ backend: 'wasm' })
  return {
    hyphae: () => blake3.hash(input),
    'hash-wasm': () => hashWasm.init().update(input).digest('binary'),
    noble: () => nobleBlake3(input),
  }
}

function print(kernel, length, ns) {
  const peers = Object.entries(ns).filter(([label]) => label !== 'hyphae')
  const goal = GOALS[kernel][length]
  const columns = peers.map(([label, value]) => `${label} ${us(value)} (${(value / ns.hyphae).toFixed(1)} ×)`)
  const rate = `${(length / ns.hyphae).toFixed(2)} GB/s`
  const aim = goal === undefined ? '' : `  goal ${goal} µs`
  console.log(`${`${kernel} ${length} B`.padEnd(16)} hyphae ${us(ns.hyphae)}, ${rate}; ${columns.join(', ')}${aim}`)
}

const us = ns => `${(ns / 1000).toFixed(ns < 10_000 ? 3 : 1)} µs`

/**
 * Measures everything.
 *
 * @param {{ json?: boolean }} options `json` prints one object: kernel → bytes → candidate → median nanoseconds a call
 */
export async function run({ json = false } = {}) {
  const hashWasm = await createBLAKE3()
  const results = { node: process.version, aead: {}, blake3: {} }
  for (const length of AEAD_SIZES) {
    results.aead[length] = compare(aeadCandidates(length))
    if (!json) print('aead', length, results.aead[length])
  }
  for (const length of BLAKE3_SIZES) {
    results.blake3[length] = compare(blake3Candidates(length, hashWasm))
    if (!json) print('blake3', length, results.blake3[length])
  }
  if (json) console.log(JSON.stringify(results))
  return results
}

if (process.argv[1] === import.meta.filename) await run({ json: process.argv.includes('--json') })
