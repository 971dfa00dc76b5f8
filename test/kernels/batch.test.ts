import { blake3 as noble } from '@noble/hashes/blake3.js'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { WasmBlake3 } from '../../src/kernels/wasm/blake3.js'
import { instantiate } from '../../src/kernels/wasm/instance.js'
import { createFakeKernels } from '../../src/sim/crypto/kernels.js'
import { backends, edgeLengths, Seeded } from './backends.js'

const SEED = 0x5eed_0300
const compile = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))

/** Lengths of an item around blocks, lanes and the chunk; above it one goes after the other. */
const ITEM_BYTES = [1, 2, 7, 16, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 500, 960, 992, 993, 1000, 1023, 1024, 1025]
const COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 33]

function one(index: number, items: Uint8Array, itemBytes: number, key?: Uint8Array): Uint8Array {
  return noble(items.subarray(index * itemBytes, (index + 1) * itemBytes), key === undefined ? {} : { key })
}

describe.each(backends)('%s', (name, { blake3 }) => {
  it('hashes batches like noble one by one, keyed and not, at every number and length', () => {
    const random = new Seeded(SEED)
    for (const itemBytes of ITEM_BYTES) {
      for (const count of COUNTS) {
        const [key, items] = [random.bytes(32), random.bytes(count * itemBytes)]
        const plain = blake3.hashMany(items, itemBytes)
        const target = new Uint8Array(count * 32 + 5).fill(3)
        expect(blake3.keyedMany(key, items, itemBytes, target)).toBe(target)
        expect(plain).toHaveLength(32 * count)
        for (let i = 0; i < count; i++) {
          const of = `${count} items of ${itemBytes}, number ${i}`
          expect(Buffer.compare(plain.subarray(32 * i, 32 * i + 32), one(i, items, itemBytes)), of).toBe(0)
          const keyed = one(i, items, itemBytes, key)
          expect(Buffer.compare(target.subarray(32 * i, 32 * i + 32), keyed), of).toBe(0)
        }
        expect(target.subarray(-5).every(byte => byte === 3)).toBe(true)
      }
    }
  })

  it('writes digests into a given place, of any part of an input', () => {
    const random = new Seeded(SEED + 2)
    for (const length of edgeLengths(random, name === 'wasm' ? 200 : 20)) {
      const from = random.below(30)
      const [key, input] = [random.bytes(32), random.bytes(from + length + 3)]
      const part = input.slice(from, from + length)
      const target = new Uint8Array(70).fill(9)
      blake3.hashInto(input, from, from + length, target, 1)
      blake3.keyedInto(key, input, from, from + length, target, 36)
      expect(Buffer.compare(target.subarray(1, 33), noble(part)), `length ${length}`).toBe(0)
      expect(Buffer.compare(target.subarray(36, 68), noble(part, { key })), `length ${length}`).toBe(0)
      expect([0, 33, 34, 35, 68, 69].every(at => target[at] === 9)).toBe(true)
    }
  })

  it('refuses what lies outside its arrays, before it writes', () => {
    const [key, items, target] = [new Uint8Array(32), new Uint8Array(100), new Uint8Array(64)]
    const calls: (() => unknown)[] = [
      () => blake3.hashMany(items, 0),
      () => blake3.hashMany(items, -10),
      () => blake3.hashMany(items, 2.5),
      () => blake3.hashMany(items, 33),
      () => blake3.hashMany(items, 200),
      () => blake3.hashMany(items, 25, target),
      () => blake3.keyedMany(key, items, 25, target),
      () => blake3.keyedMany(new Uint8Array(31), items, 50, target),
      () => blake3.hashInto(items, -1, 10, target, 0),
      () => blake3.hashInto(items, 11, 10, target, 0),
      () => blake3.hashInto(items, 0, 101, target, 0),
      () => blake3.hashInto(items, 0, 10, target, 33),
      () => blake3.hashInto(items, 0, 10, target, -1),
      () => blake3.keyedInto(key, items, 0, 10, target, 33),
      () => blake3.keyedInto(new Uint8Array(0), items, 0, 10, target, 0),
    ]
    for (const [index, call] of calls.entries()) {
      let caught: unknown
      try {
        call()
      } catch (error) {
        caught = error
      }
      expect(isHyphaeError(caught, 'INVALID_ARGUMENT'), `call ${index}`).toBe(true)
    }
    expect(target.every(byte => byte === 0)).toBe(true)
  })

  // The fallback knows no calls, and is a hundred times slower.
  if (name === 'fallback') return

  it('hashes batches of more than one call', () => {
    const random = new Seeded(SEED + 1)
    for (const [itemBytes, count] of [
      [1, 2500],
      [31, 1025],
      [64, 513],
      [64, 2049],
      [100, 700],
      [992, 34],
      [1024, 65],
    ] as const) {
      const items = random.bytes(itemBytes * count)
      const [plain, key] = [blake3.hashMany(items, itemBytes), random.bytes(32)]
      const keyed = blake3.keyedMany(key, items, itemBytes)
      for (let i = 0; i < count; i++) {
        const at = (digests: Uint8Array): Uint8Array => digests.subarray(32 * i, 32 * i + 32)
        expect(Buffer.compare(at(plain), one(i, items, itemBytes)), `${i} of ${count}, ${itemBytes} bytes`).toBe(0)
        expect(Buffer.compare(at(keyed), one(i, items, itemBytes, key)), `keyed ${i}`).toBe(0)
      }
    }
  })
})

describe('the kernel memory', () => {
  it('holds nothing of key, items or digests after a keyed batch or a digest into a given place', () => {
    const random = new Seeded(SEED + 3)
    for (const [itemBytes, count] of [
      [5, 3],
      [64, 1],
      [64, 7],
      [64, 1025],
      [100, 6],
      [1000, 40],
      [1024, 33],
      [1500, 3],
    ] as const) {
      const kernel = instantiate(compile())
      const blake3 = new WasmBlake3(kernel)
      const [key, items, into] = [random.bytes(32), random.bytes(itemBytes * count), new Uint8Array(32)]
      const digests = blake3.keyedMany(key, items, itemBytes)
      blake3.keyedInto(key, items, 0, itemBytes, into, 0)
      const memory = Buffer.from(kernel.exports.memory.buffer)
      const left = memory.subarray(0x1000, 0x15000).findIndex(byte => byte !== 0)
      expect(left, `${count} items of ${itemBytes}: byte ${left} behind BLAKE_KEY`).toBe(-1)
      for (const secret of [key, items.subarray(0, 8), items.subarray(-8), digests.subarray(-8)]) {
        if (secret.length >= 8) expect(memory.includes(Buffer.from(secret.subarray(0, 8)))).toBe(false)
      }
    }
  })

  it('does not grow, and a batch leaves no state for the next caller', () => {
    const random = new Seeded(SEED + 4)
    const kernel = instantiate(compile())
    const bytes = kernel.exports.memory.buffer.byteLength
    const [first, second] = [new WasmBlake3(kernel), new WasmBlake3(kernel)]
    for (let i = 0; i < 30; i++) {
      const itemBytes = 1 + random.below(1024)
      const [key, items] = [random.bytes(32), random.bytes(itemBytes * (1 + random.below(40)))]
      first.keyedMany(key, items, itemBytes)
      expect(Buffer.compare(second.hash(items), noble(items))).toBe(0)
      expect(Buffer.compare(second.hashMany(items, items.length), noble(items))).toBe(0)
    }
    expect(kernel.exports.memory.buffer.byteLength).toBe(bytes)
  })
})

it('the stand-in of simulations hashes batches like one by one', () => {
  const { blake3 } = createFakeKernels()
  const random = new Seeded(SEED + 5)
  const [key, items, target] = [random.bytes(32), random.bytes(300), new Uint8Array(96)]
  const plain = blake3.hashMany(items, 100)
  blake3.keyedMany(key, items, 100, target)
  for (let i = 0; i < 3; i++) {
    const item = items.slice(100 * i, 100 * i + 100)
    expect(plain.slice(32 * i, 32 * i + 32)).toEqual(blake3.hash(item))
    expect(target.slice(32 * i, 32 * i + 32)).toEqual(blake3.keyed(key, item))
  }
  expect(blake3.keyedMany(key, items, 100)).toEqual(target)
})
