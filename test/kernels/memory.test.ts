import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { fallback } from '../../src/kernels/fallback/index.js'
import { start } from '../../src/kernels/load.js'
import { WasmAead } from '../../src/kernels/wasm/aead.js'
import { WasmBlake3 } from '../../src/kernels/wasm/blake3.js'
import { type KernelExports, instantiate, KernelInstance } from '../../src/kernels/wasm/instance.js'
import * as map from '../../src/kernels/wasm/map.js'
import { backends, nodeAead, open, seal, Seeded } from './backends.js'

const none = new Uint8Array(0)
const compile = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))

/** Kernels whose memory grows inside every call, which is when a view kept over the call would be empty. */
function growing(): KernelInstance {
  const { exports } = instantiate(compile())
  const memory = exports.memory
  const grown: Record<string, unknown> = { memory }
  for (const [name, work] of Object.entries(exports as unknown as Record<string, unknown>)) {
    if (typeof work !== 'function') continue
    grown[name] = (...args: number[]): unknown => {
      const result: unknown = Reflect.apply(work, undefined, args)
      if (memory.buffer.byteLength < 200 * 65_536) memory.grow(1)
      return result
    }
  }
  return new KernelInstance(grown as unknown as KernelExports)
}

/** Whether the memory holds any 8 bytes in a row of a secret. */
function holds(kernel: KernelInstance, secret: Uint8Array): boolean {
  const memory = Buffer.from(kernel.exports.memory.buffer)
  for (let at = 0; at + 8 <= secret.length; at++)
    if (memory.includes(Buffer.from(secret.subarray(at, at + 8)))) return true
  return false
}

describe('memory that grows', () => {
  it('[§6.48] grown in the middle of every AEAD call: no stale view is read or written', () => {
    const random = new Seeded(20)
    const kernel = growing()
    const aead = new WasmAead(kernel)
    const before = kernel.exports.memory.buffer.byteLength
    for (const length of [0, 64, 65, 1000, 66_000, 150_000]) {
      const [key, nonce, ad, text] = [random.bytes(32), random.bytes(12), random.bytes(20), random.bytes(length)]
      const sealed = seal(aead, key, nonce, ad, text)
      expect(Buffer.compare(sealed, seal(nodeAead, key, nonce, ad, text)), `length ${length}`).toBe(0)
      expect(Buffer.compare(open(aead, key, nonce, ad, sealed) ?? key, text), `length ${length}`).toBe(0)
    }
    expect(kernel.exports.memory.buffer.byteLength).toBeGreaterThan(before)
  })

  it('[§6.48] grown in the middle of every BLAKE3 call: no stale view is read or written', () => {
    const random = new Seeded(21)
    const grown = new WasmBlake3(growing())
    const plain = new WasmBlake3(instantiate(compile()))
    for (const length of [0, 64, 65, 5000, 65_537, 200_000]) {
      const [key, input] = [random.bytes(32), random.bytes(length)]
      expect(Buffer.compare(grown.hash(input, 100_000), plain.hash(input, 100_000)), `length ${length}`).toBe(0)
      expect(grown.keyed(key, input)).toEqual(plain.keyed(key, input))
      expect(grown.deriveKey(`of ${length}`, input)).toEqual(plain.deriveKey(`of ${length}`, input))
    }
  })

  it('[§6.48] tables live in an instance of their own: no index reaches key memory', () => {
    const kernels = start(compile, () => fallback)
    if (typeof kernels === 'string') throw new Error(kernels)
    const tables = kernels.tables()
    expect(kernels.tables()).toBe(tables)
    const { memory } = tables.exports
    new Uint8Array(memory.buffer).fill(0xff)
    const random = new Seeded(22)
    const [key, nonce, text] = [random.bytes(32), random.bytes(12), random.bytes(500)]
    expect(seal(kernels.aead, key, nonce, none, text)).toEqual(seal(nodeAead, key, nonce, none, text))
    expect(new Uint8Array(memory.buffer).every(byte => byte === 0xff)).toBe(true)
  })

  it('does not grow for any input', () => {
    const kernel = instantiate(compile())
    const before = kernel.exports.memory.buffer.byteLength
    seal(new WasmAead(kernel), new Uint8Array(32), new Uint8Array(12), new Uint8Array(300_000), new Uint8Array(500_000))
    new WasmBlake3(kernel).hash(new Uint8Array(500_000), 300_000)
    expect(kernel.exports.memory.buffer.byteLength).toBe(before)
  })
})

describe('secrets in the memory', () => {
  it('are gone after every AEAD call: key, key stream and Poly1305 state', () => {
    const random = new Seeded(23)
    for (const length of [0, 64, 128, 129, 192, 300, 1000, 66_560, 140_000]) {
      const kernel = instantiate(compile())
      const aead = new WasmAead(kernel)
      const [secret, nonce] = [random.bytes(32), random.bytes(12)]
      const stream = seal(nodeAead, secret, nonce, none, new Uint8Array(Math.min(length, 448))).slice(0, -16)
      // Random text, so that the ciphertext left in the buffer is not the key stream itself.
      const buffer = random.bytes(length + 16)
      for (const adLength of [0, 300]) {
        const key = aead.key(secret)
        key.seal(nonce, random.bytes(adLength), 0, adLength, buffer, 0, length)
        expectNoSecrets(kernel, secret)
        key.open(nonce, none, 0, 0, buffer, 0, length + 16)
        expectNoSecrets(kernel, secret)
        key.free()
      }
      expect(holds(kernel, stream.subarray(0, length & ~63))).toBe(false)
    }
  })

  it('are there during a call: the search above can find them', () => {
    const kernel = instantiate(compile())
    const secret = new Seeded(24).bytes(32)
    const end = kernel.exports.aeadEnd.bind(kernel.exports)
    let seen = false
    const spied = { ...kernel.exports, aeadEnd: () => ((seen = holds(kernel, secret)), end()) }
    seal(new WasmAead(new KernelInstance(spied)), secret, new Uint8Array(12), none, new Uint8Array(100_000))
    expect(seen).toBe(true)
    expect(holds(kernel, secret)).toBe(false)
  })

  it('are gone after keyed BLAKE3 calls: key, input and output', () => {
    const random = new Seeded(25)
    for (const length of [0, 32, 64, 65, 1024, 1500, 5000, 65_536, 140_000]) {
      for (const dkLen of [32, 500]) {
        const kernel = instantiate(compile())
        const blake3 = new WasmBlake3(kernel)
        const [key, input] = [random.bytes(32), random.bytes(length)]
        const out = blake3.keyed(key, input, dkLen)
        expect([key, out, input.subarray(0, 64), input.subarray(-64)].some(part => holds(kernel, part))).toBe(false)
        const derived = blake3.deriveKey('a context', input, dkLen)
        expect([derived, input.subarray(0, 64), input.subarray(-64)].some(part => holds(kernel, part))).toBe(false)
      }
    }
  })

  it('are wiped from the key object by free, for good', () => {
    const secret = new Seeded(26).bytes(32)
    for (const [, { aead }] of backends) {
      const key = aead.key(secret)
      // A key that may be handed to the native implementation is held by the kernel's alone.
      type Holder = { words: Uint32Array; near?: Holder }
      const holder = key as unknown as Holder
      const { words } = holder.near ?? holder
      expect(new Uint8Array(words.buffer)).toEqual(secret)
      expect(words.buffer.byteLength).toBe(32)
      key.free()
      expect(words.every(word => word === 0)).toBe(true)
    }
  })
})

/** Below the buffer nothing but constants of the last nonce and tag may be left. */
function expectNoSecrets(kernel: KernelInstance, secret: Uint8Array): void {
  expect(holds(kernel, secret)).toBe(false)
  const bytes = new Uint8Array(kernel.exports.memory.buffer)
  expect(bytes.subarray(map.STATE_KEY, map.STATE_KEY + 32).every(byte => byte === 0)).toBe(true)
  // Key stream and Poly1305 state lie between the tags and BLAKE3's part.
  expect(bytes.subarray(map.COMPUTED + 16, map.BLAKE_KEY).every(byte => byte === 0)).toBe(true)
}

describe('the memory map', () => {
  it('is the same in the façade as in the kernels', () => {
    const text = readFileSync(new URL('../../assembly/common/memory.ts', import.meta.url), 'utf8')
    const known = new Map<string, number>()
    for (const [, name, sum] of text.matchAll(/export const (\w+): usize = (.+)/g)) {
      const parts = sum.split(' + ').map(part => known.get(part) ?? Number(part))
      known.set(
        name,
        parts.reduce((a, b) => a + b),
      )
    }
    for (const name of ['STATE_KEY', 'TAG', 'COMPUTED', 'BLAKE_KEY', 'BUFFER'] as const) {
      expect(known.get(name), name).toBe(map[name])
    }
    const slack = 512 + 16
    expect(map.CALL_BYTES + slack).toBeLessThanOrEqual(known.get('BUFFER_BYTES') as number)
    const end = map.BUFFER + (known.get('BUFFER_BYTES') as number)
    expect(end).toBeLessThanOrEqual(instantiate(compile()).exports.memory.buffer.byteLength)
  })
})
