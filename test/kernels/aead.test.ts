import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { backends, nodeAead, open, seal, Seeded } from './backends.js'

const none = new Uint8Array(0)

describe.each(backends)('%s', (_, { aead, blake3 }) => {
  it('leaves the buffer untouched when any bit of text, tag, nonce or associated data is wrong', () => {
    const random = new Seeded(7)
    const [key, nonce, ad] = [random.bytes(32), random.bytes(12), random.bytes(9)]
    for (const length of [0, 1, 64, 200, 1000, 70_000]) {
      const sealed = seal(aead, key, nonce, ad, random.bytes(length))
      const flips = length === 70_000 ? [0, 40_000, 69_999, 70_015] : [...sealed.keys()]
      for (const at of flips) {
        const forged = Uint8Array.from(sealed)
        forged[at] = forged[at] ^ (1 << random.below(8))
        expect(open(aead, key, nonce, ad, forged), `length ${length}, byte ${at}`).toBeUndefined()
      }
      for (const wrong of [nonce, ad, key]) {
        wrong[3] = wrong[3] ^ 1
        expect(open(aead, key, nonce, ad, sealed), `length ${length}`).toBeUndefined()
        wrong[3] = wrong[3] ^ 1
      }
      expect(open(aead, key, nonce, ad, sealed)).toHaveLength(length)
    }
  })

  it('refuses truncated messages, below a tag too', () => {
    const random = new Seeded(8)
    const [key, nonce] = [random.bytes(32), random.bytes(12)]
    const sealed = seal(aead, key, nonce, none, random.bytes(40))
    for (let length = 0; length < sealed.length; length++) {
      expect(open(aead, key, nonce, none, sealed.slice(0, length)), `${length} bytes`).toBeUndefined()
    }
  })

  it('works inside a larger buffer that also holds the associated data, and writes nothing else', () => {
    const random = new Seeded(9)
    const [secret, nonce] = [random.bytes(32), random.bytes(12)]
    for (const [adFrom, adTo, from, to] of [
      [0, 3, 3, 103],
      [300, 311, 8, 208],
      [5, 5, 5, 5],
      [0, 700, 700, 1900],
      [80_000, 80_003, 10, 79_000],
    ] as const) {
      const buffer = random.bytes(80_100)
      const before = Uint8Array.from(buffer)
      const key = aead.key(secret)
      key.seal(nonce, buffer, adFrom, adTo, buffer, from, to)
      const want = seal(nodeAead, secret, nonce, before.subarray(adFrom, adTo), before.subarray(from, to))
      expect(Buffer.compare(buffer.subarray(from, to + 16), want)).toBe(0)
      expect(Buffer.compare(buffer.subarray(0, from), before.subarray(0, from))).toBe(0)
      expect(Buffer.compare(buffer.subarray(to + 16), before.subarray(to + 16))).toBe(0)
      expect(key.open(nonce, buffer, adFrom, adTo, buffer, from, to + 16)).toBe(true)
      expect(Buffer.compare(buffer.subarray(0, to), before.subarray(0, to))).toBe(0)
      expect(Buffer.compare(buffer.subarray(to, to + 16), want.subarray(-16))).toBe(0)
      key.free()
    }
  })

  it('does not need the caller to keep the key, and refuses it after free', () => {
    const random = new Seeded(10)
    const secret = random.bytes(32)
    const key = aead.key(secret)
    const want = seal(aead, secret, new Uint8Array(12), none, none)
    secret.fill(0)
    const buffer = new Uint8Array(5016)
    key.seal(new Uint8Array(12), none, 0, 0, buffer, 0, 0)
    expect(buffer.subarray(0, 16)).toEqual(want)
    key.seal(new Uint8Array(12), none, 0, 0, buffer, 0, 5000)
    key.free()
    key.free()
    for (const to of [0, 5000]) {
      expect(() => key.seal(new Uint8Array(12), none, 0, 0, buffer, 0, to)).toThrowError(/after it was freed/)
      expect(() => key.open(new Uint8Array(12), none, 0, 0, buffer, 0, to + 16)).toThrowError(/after it was freed/)
    }
  })

  it('refuses arguments outside their arrays before it writes', () => {
    const key = aead.key(new Uint8Array(32))
    const [nonce, buffer] = [new Uint8Array(12), new Uint8Array(64)]
    const refused = (work: () => unknown): void => {
      let caught: unknown
      try {
        work()
      } catch (error) {
        caught = error
      }
      expect(isHyphaeError(caught, 'INVALID_ARGUMENT')).toBe(true)
    }
    refused(() => key.seal(nonce, none, 0, 0, buffer, 0, 49))
    refused(() => key.seal(nonce, none, 0, 0, buffer, -1, 10))
    refused(() => key.seal(nonce, none, 0, 0, buffer, 11, 10))
    refused(() => key.seal(nonce, none, 0, 1, buffer, 0, 10))
    refused(() => key.seal(nonce, buffer, 9, 8, buffer, 0, 10))
    refused(() => key.seal(new Uint8Array(11), none, 0, 0, buffer, 0, 10))
    refused(() => key.open(nonce, none, 0, 0, buffer, 0, 65))
    refused(() => key.open(new Uint8Array(24), none, 0, 0, buffer, 0, 64))
    refused(() => aead.key(new Uint8Array(31)))
    refused(() => blake3.keyed(new Uint8Array(33), none))
    for (const length of [0, -1, 1.5, NaN, 2 ** 30 + 1]) {
      refused(() => blake3.hash(none, length))
      refused(() => blake3.keyed(new Uint8Array(32), none, length))
      refused(() => blake3.deriveKey('context', none, length))
    }
    expect(buffer.every(byte => byte === 0)).toBe(true)
  })

  it('returns results that later calls do not change', () => {
    const first = blake3.hash(none)
    const copy = Uint8Array.from(first)
    for (let i = 0; i < 100; i++) blake3.deriveKey(`context ${i}`, copy, 200)
    expect(first).toEqual(copy)
    expect(blake3.deriveKey('context 0', copy)).toEqual(blake3.deriveKey('context 0', copy, 200).slice(0, 32))
  })
})
