import { describe, expect, it } from 'vitest'
import { loadKernels } from '../../src/kernels/index.js'
import type { CellBytes } from '../../src/wire/cells.js'
import { Seeded } from './backends.js'
import { type Ratchet, referenceInvert, referencePeel } from './onion-reference.js'

const SEED = 0x5eed_0101
const wasm = loadKernels({ backend: 'wasm' }).onion
const fallback = loadKernels({ backend: 'fallback' }).onion

const ratchets = (keys: Uint8Array[]): Ratchet[] => keys.map(chainKey => ({ chainKey, counter: 0 }))
const fresh = (random: Seeded, count: number): Uint8Array[] => Array.from({ length: count }, () => random.bytes(32))

/** A client's layers by all three implementations, which must agree; twice, so that the ratchets' next steps agree too. */
async function invertAlike(cells: Uint8Array, count: number, keys: Uint8Array[], bytes: CellBytes, from: string) {
  const [near, far] = [wasm, fallback].map(onion => keys.map(key => onion.state(key))) as [never[], never[]]
  const states = ratchets(keys).reverse()
  for (let turn = 0; turn < 2; turn++) {
    const [a, b] = [cells.slice(), cells.slice()]
    wasm.wrap(a, count, near, bytes)
    fallback.wrap(b, count, far, bytes)
    const want = await referenceInvert(cells.subarray(0, count * bytes), bytes, states)
    expect(Buffer.compare(a.subarray(0, count * bytes), want), `wasm, turn ${turn}, ${from}`).toBe(0)
    expect(Buffer.compare(b.subarray(0, count * bytes), want), `fallback, turn ${turn}, ${from}`).toBe(0)
    expect(Buffer.compare(a.subarray(count * bytes), cells.subarray(count * bytes)), `behind, ${from}`).toBe(0)
  }
}

/** A relay's layer by all three: cell i by ratchet owners[i]. */
async function peelAlike(cells: Uint8Array, owners: number[], keys: Uint8Array[], bytes: CellBytes, from: string) {
  const states = ratchets(keys)
  const count = owners.length
  const [near, far] = [wasm, fallback].map(onion => keys.map(key => onion.state(key)))
  for (let turn = 0; turn < 2; turn++) {
    const [a, b] = [cells.slice(), cells.slice()]
    wasm.peel(
      a,
      count,
      owners.map(i => near[i]),
      undefined,
      bytes,
    )
    fallback.peel(
      b,
      count,
      owners.map(i => far[i]),
      undefined,
      bytes,
    )
    const want = await referencePeel(
      cells,
      bytes,
      owners.map<Ratchet>(i => states[i]),
    )
    expect(Buffer.compare(a.subarray(0, count * bytes), want), `wasm, turn ${turn}, ${from}`).toBe(0)
    expect(Buffer.compare(b.subarray(0, count * bytes), want), `fallback, turn ${turn}, ${from}`).toBe(0)
    expect(Buffer.compare(a.subarray(count * bytes), cells.subarray(count * bytes)), `behind, ${from}`).toBe(0)
  }
}

describe.each([1024, 512] as const)('cells of %i bytes', bytes => {
  it('[E20] kernel, fallback and an implementation on OpenSSL and hash-wasm wrap alike, in batches of any length', async () => {
    const random = new Seeded(SEED + bytes)
    for (const count of [
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      13,
      31,
      63,
      64,
      ...Array.from({ length: 4 }, () => 1 + random.below(64)),
    ]) {
      const layers = 1 + random.below(3)
      const cells = random.bytes(count * bytes + 2 * bytes)
      await invertAlike(cells, count, fresh(random, layers), bytes, `seed ${SEED}, ${count} cells, ${layers} layers`)
    }
  })

  it('[E20] and peel alike, whichever cells share a circuit', async () => {
    const random = new Seeded(SEED + 1 + bytes)
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 11, 62, 64, 1 + random.below(64), 1 + random.below(64)]) {
      for (const circuits of [1, 1 + random.below(5), 64]) {
        const owners = Array.from({ length: count }, (_, i) => (circuits === 64 ? i : random.below(circuits)))
        const cells = random.bytes(count * bytes + 2 * bytes)
        const from = `seed ${SEED}, ${count} cells of ${circuits} circuits`
        await peelAlike(cells, owners, fresh(random, circuits), bytes, from)
      }
    }
  })

  it('agree on cells and keys of zeros and ones, and on eight layers', async () => {
    const edges = [0, 0xff].flatMap(cell => [0, 0xff].map(key => [cell, key] as const))
    for (const [cell, key] of edges) {
      const cells = new Uint8Array(5 * bytes).fill(cell)
      const keys = Array.from({ length: 8 }, () => new Uint8Array(32).fill(key))
      await invertAlike(cells, 5, keys, bytes, `cells of ${cell}, keys of ${key}`)
      await peelAlike(cells, [0, 1, 2, 3, 4], keys, bytes, `cells of ${cell}, keys of ${key}`)
    }
  })
})

it('counts cells beyond 2^32 alike', async () => {
  const random = new Seeded(SEED + 9)
  const { RatchetState } = await import('../../src/kernels/onion-state.js')
  const key = random.bytes(32)
  const [near, far] = [wasm.state(key), fallback.state(key)]
  RatchetState.words(near, wasm)[8] = 0xffff_ffff
  RatchetState.words(far, fallback)[8] = 0xffff_ffff
  const state = { chainKey: key, counter: 0xffff_ffff }
  const cells = random.bytes(3072)
  const [a, b] = [cells.slice(), cells.slice()]
  wasm.peel(a, 3, [near, near, near])
  fallback.peel(b, 3, [far, far, far])
  const want = await referencePeel(cells, 1024, [state, state, state])
  expect(Buffer.compare(a, want)).toBe(0)
  expect(Buffer.compare(b, want)).toBe(0)
  expect([...RatchetState.words(near, wasm).subarray(8)]).toEqual([2, 1, 0, 0])
  expect([...RatchetState.words(far, fallback).subarray(8)]).toEqual([2, 1, 0, 0])
})
