import { chacha20, xchacha20, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { fromHex, toHex } from '../../src/core/text.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { holdKey } from '../../src/kernels/key.js'
import { WasmAead } from '../../src/kernels/wasm/aead.js'
import { instantiate, type KernelInstance } from '../../src/kernels/wasm/instance.js'
import { BUFFER, STATE_KEY } from '../../src/kernels/wasm/map.js'
import { WasmStream } from '../../src/kernels/wasm/stream.js'
import { backends, edgeLengths, open, seal, Seeded, vectors } from './backends.js'

type Fields<K extends string> = Record<K, string>

interface Draft {
  hchacha20: Fields<'key' | 'nonce' | 'subkey'>[]
  xchacha20: (Fields<'section' | 'key' | 'nonce' | 'plaintext' | 'ciphertext'> & { counter: number })[]
  aead: Fields<'section' | 'key' | 'nonce' | 'ad' | 'plaintext' | 'ciphertext' | 'tag'>[]
}

const draft = vectors<Draft>('xchacha20-draft.json')
const SEED = 0x5eed_0100
const none = new Uint8Array(0)
const fresh = (): KernelInstance => instantiate(new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64')))

function refused(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    return isHyphaeError(error, 'INVALID_ARGUMENT')
  }
}

describe('the vectors of draft-irtf-cfrg-xchacha', () => {
  it('are all there', () => {
    expect([draft.hchacha20.length, draft.xchacha20.length, draft.aead.length]).toEqual([1, 2, 1])
  })

  it.each(draft.hchacha20)('HChaCha20 of the kernel derives the key of §2.2.1', vector => {
    const kernel = fresh()
    const nonce = new DataView(fromHex(vector.nonce).buffer)
    kernel.writeKey(holdKey(fromHex(vector.key)), STATE_KEY)
    const [n0, n1, n2, n3] = [0, 4, 8, 12].map(at => nonce.getUint32(at, true)) as [number, number, number, number]
    kernel.exports.chachaExtend(n0, n1, n2, n3)
    expect(toHex(kernel.copy(STATE_KEY, 32))).toBe(vector.subkey)
  })
})

describe.each(backends)('%s', (name, { xaead, stream }) => {
  it.each(draft.xchacha20)('XChaCha20: §$section', vector => {
    const text = fromHex(vector.plaintext)
    const key = stream.key(fromHex(vector.key))
    key.xor(fromHex(vector.nonce), vector.counter, text, 0, text.length)
    expect(toHex(text)).toBe(vector.ciphertext)
  })

  it.each(draft.aead)('XChaCha20-Poly1305: §$section', vector => {
    const [key, nonce, ad, text] = [vector.key, vector.nonce, vector.ad, vector.plaintext].map(fromHex) as Four
    const sealed = seal(xaead, key, nonce, ad, text)
    expect(toHex(sealed)).toBe(vector.ciphertext + vector.tag)
    expect(open(xaead, key, nonce, ad, sealed)).toEqual(text)
  })

  it('XChaCha20-Poly1305 seals, opens and refuses like noble at every length', () => {
    const random = new Seeded(SEED)
    for (const length of edgeLengths(random, name === 'wasm' ? 520 : 70)) {
      const [key, nonce, text] = [random.bytes(32), random.bytes(24), random.bytes(length)]
      const ad = random.bytes(random.below(40))
      const sealed = seal(xaead, key, nonce, ad, text)
      const from = `seed ${SEED}, length ${length}`
      expect(Buffer.compare(sealed, xchacha20poly1305(key, nonce, ad).encrypt(text)), from).toBe(0)
      expect(Buffer.compare(open(xaead, key, nonce, ad, sealed) ?? key, text), from).toBe(0)
      const at = random.below(sealed.length)
      sealed[at] = sealed[at] ^ (1 << random.below(8))
      expect(open(xaead, key, nonce, ad, sealed), from).toBeUndefined()
    }
  })

  it('XChaCha20-Poly1305 refuses a forgery of every byte of nonce, key, text and tag, and what is too short', () => {
    const random = new Seeded(SEED + 1)
    const [key, nonce] = [random.bytes(32), random.bytes(24)]
    const sealed = seal(xaead, key, nonce, none, random.bytes(30))
    for (const part of [sealed, nonce, key]) {
      for (let at = 0; at < part.length; at++) {
        part[at] = part[at] ^ 1
        expect(open(xaead, key, nonce, none, sealed)).toBeUndefined()
        part[at] = part[at] ^ 1
      }
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(open(xaead, key, nonce, none, sealed.slice(0, length))).toBeUndefined()
    }
    expect(open(xaead, key, nonce, none, sealed)).toHaveLength(30)
    const prepared = xaead.key(key)
    expect(refused(() => prepared.seal(new Uint8Array(12), none, 0, 0, new Uint8Array(30), 0, 10))).toBe(true)
  })

  it('the key streams are those of noble at every length, from any block, in place and into another array', () => {
    const random = new Seeded(SEED + 2)
    for (const length of edgeLengths(random, name === 'wasm' ? 700 : 70)) {
      const extended = random.below(2) === 1
      const [secret, nonce] = [random.bytes(32), random.bytes(extended ? 24 : 12)]
      const text = random.bytes(length)
      const counter = random.below(3) === 0 ? 0 : random.below(2 ** 31)
      const want = (extended ? xchacha20 : chacha20)(secret, nonce, text, undefined, counter)
      const key = stream.key(secret)
      const target = new Uint8Array(length + 20).fill(7)
      key.xor(nonce, counter, text, 0, length, target, 9)
      const from = `seed ${SEED + 2}, length ${length}, counter ${counter}`
      expect(Buffer.compare(target.subarray(9, 9 + length), want), from).toBe(0)
      expect([...target.subarray(0, 9), ...target.subarray(9 + length)].every(byte => byte === 7)).toBe(true)
      key.xor(nonce, counter, text, 0, length)
      expect(Buffer.compare(text, want), from).toBe(0)
      key.free()
    }
  })

  it('a key stream in pieces is the one of the whole', () => {
    const random = new Seeded(SEED + 3)
    const [secret, nonce, text] = [random.bytes(32), random.bytes(24), random.bytes(1000)]
    const want = xchacha20(secret, nonce, text)
    const key = stream.key(secret)
    key.xor(nonce, 0, text, 0, 320)
    key.xor(nonce, 5, text, 320, 384)
    key.xor(nonce, 6, text, 384, 1000)
    expect(Buffer.compare(text, want)).toBe(0)
  })

  it('the stream refuses what lies outside its bounds, and a freed key', () => {
    const key = stream.key(new Uint8Array(32))
    const [nonce, buffer] = [new Uint8Array(12), new Uint8Array(128)]
    const wrong: [Uint8Array, number, number, number, number][] = [
      [new Uint8Array(16), 0, 0, 10, 0],
      [nonce, -1, 0, 10, 0],
      [nonce, 0.5, 0, 10, 0],
      [nonce, 2 ** 32 - 1, 0, 0, 0],
      [nonce, 2 ** 32 - 2, 0, 65, 0],
      [nonce, 0, -1, 10, 0],
      [nonce, 0, 11, 10, 0],
      [nonce, 0, 0, 129, 0],
      [nonce, 0, 0, 128, 1],
      [nonce, 0, 0, 10, -1],
    ]
    for (const [bytes, counter, from, to, at] of wrong) {
      expect(refused(() => key.xor(bytes, counter, buffer, from, to, buffer, at))).toBe(true)
    }
    expect(buffer.every(byte => byte === 0)).toBe(true)
    key.free()
    key.free()
    expect(() => key.xor(nonce, 0, buffer, 0, 10)).toThrowError(/after it was freed/)
    expect(refused(() => stream.key(new Uint8Array(31)))).toBe(true)
  })

  it('the last block of a key stream can be reached', () => {
    const secret = new Seeded(SEED + 4).bytes(32)
    const key = stream.key(secret)
    const last = new Uint8Array(64)
    key.xor(new Uint8Array(12), 2 ** 32 - 2, last, 0, 64)
    const both = chacha20(secret, new Uint8Array(12), new Uint8Array(128), undefined, 2 ** 32 - 3)
    expect(toHex(last)).toBe(toHex(both.subarray(64)))
  })
})

describe('the kernel memory', () => {
  it('holds no key, derived key or key stream past the end after a stream or an extended nonce', () => {
    const random = new Seeded(SEED + 5)
    for (const length of [1, 63, 64, 65, 130, 200, 300, 500, 1000, 65_536, 70_000]) {
      for (const nonceBytes of [12, 24]) {
        const kernel = fresh()
        const [secret, nonce] = [random.bytes(32), random.bytes(nonceBytes)]
        const ahead = (nonceBytes === 12 ? chacha20 : xchacha20)(secret, nonce, new Uint8Array(length + 512))
        const text = random.bytes(length)
        new WasmStream(kernel).key(secret).xor(nonce, 0, text, 0, length)
        const memory = Buffer.from(kernel.exports.memory.buffer)
        expect(memory.subarray(STATE_KEY, STATE_KEY + 32).every(byte => byte === 0)).toBe(true)
        for (let at = 0; at <= 24; at++) expect(memory.includes(Buffer.from(secret.subarray(at, at + 8)))).toBe(false)
        for (let at = length; at + 8 <= length + 512; at++) {
          expect(memory.includes(Buffer.from(ahead.subarray(at, at + 8))), `${length} bytes, at ${at}`).toBe(false)
        }
        const part = length > 65_536 ? length - 65_536 : length
        const behind = memory.subarray(BUFFER + part, BUFFER + part + (length > 65_536 ? 0 : 512))
        expect(behind.every(byte => byte === 0)).toBe(true)
      }
      const kernel = fresh()
      const key = new WasmAead(kernel, true).key(random.bytes(32))
      key.seal(random.bytes(24), none, 0, 0, random.bytes(length + 16), 0, length)
      const memory = new Uint8Array(kernel.exports.memory.buffer)
      expect(memory.subarray(STATE_KEY, STATE_KEY + 32).every(byte => byte === 0)).toBe(true)
    }
  })

  it('takes two keys by turns without one seeing the other, and does not grow', () => {
    const random = new Seeded(SEED + 6)
    const kernel = fresh()
    const bytes = kernel.exports.memory.buffer.byteLength
    const [a, b, x] = [random.bytes(32), random.bytes(32), random.bytes(32)]
    const streams = [a, b].map(secret => new WasmStream(kernel).key(secret))
    const extended = new WasmAead(kernel, true).key(x)
    for (let i = 0; i < 40; i++) {
      const [nonce, text] = [random.bytes(24), random.bytes(random.below(3000))]
      for (const [index, secret] of [a, b].entries()) {
        const out = new Uint8Array(text.length)
        streams[index]?.xor(nonce, i, text, 0, text.length, out, 0)
        expect(Buffer.compare(out, xchacha20(secret, nonce, text, undefined, i))).toBe(0)
        const sealed = new Uint8Array(text.length + 16)
        extended.seal(nonce, none, 0, 0, text, 0, text.length, sealed, 0)
        expect(Buffer.compare(sealed, xchacha20poly1305(x, nonce).encrypt(text))).toBe(0)
      }
    }
    expect(kernel.exports.memory.buffer.byteLength).toBe(bytes)
  })
})

type Four = [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
