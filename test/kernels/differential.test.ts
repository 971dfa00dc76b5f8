import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake3 as noble } from '@noble/hashes/blake3.js'
import { blake3 as hashWasm } from 'hash-wasm'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/core/text.js'
import { backends, nodeAead, open, seal, Seeded } from './backends.js'

const SEED = 0x5eed_0001

/** Every short length, the lengths around each change of path and some random ones up to 70,000. */
function lengths(random: Seeded, short: number): number[] {
  const out = [...Array(short).keys()]
  for (const edge of [1024, 2048, 4096, 8192, 65_535, 65_536, 66_528, 66_560, 69_632, 131_072, 196_608]) {
    for (let by = -1; by <= 1; by++) out.push(edge + by)
  }
  for (let i = 0; i < 60; i++) out.push(random.below(70_001))
  return out
}

describe.each(backends)('%s', (name, { aead, blake3 }) => {
  it('seals and opens like node:crypto and noble at every length', () => {
    const random = new Seeded(SEED)
    for (const length of lengths(random, 700)) {
      const [key, nonce, text] = [random.bytes(32), random.bytes(12), random.bytes(length)]
      const ad = random.bytes(random.below(4) === 0 ? random.below(700) : random.below(40))
      const sealed = seal(aead, key, nonce, ad, text)
      const from = `seed ${SEED}, length ${length}, ad ${ad.length}`
      expect(Buffer.compare(sealed, seal(nodeAead, key, nonce, ad, text)), `node, ${from}`).toBe(0)
      expect(Buffer.compare(sealed, chacha20poly1305(key, nonce, ad).encrypt(text)), `noble, ${from}`).toBe(0)
      expect(Buffer.compare(open(aead, key, nonce, ad, sealed) ?? key, text), `open, ${from}`).toBe(0)
    }
  })

  it('takes associated data of any length', () => {
    const random = new Seeded(SEED + 1)
    const [key, nonce, text] = [random.bytes(32), random.bytes(12), random.bytes(100)]
    for (const length of [255, 256, 257, 1000, 65_536, 66_400, 66_428, 66_429, 70_000, 140_000]) {
      const ad = random.bytes(length)
      const sealed = seal(aead, key, nonce, ad, text)
      expect(Buffer.compare(sealed, seal(nodeAead, key, nonce, ad, text)), `ad ${length}`).toBe(0)
      expect(open(aead, key, nonce, ad, sealed)).toEqual(text)
    }
  })

  it('survives limbs full of ones: ciphertext of 0xff under many keys', () => {
    const random = new Seeded(SEED + 2)
    for (let i = 0; i < 200; i++) {
      const [key, nonce] = [random.bytes(32), random.bytes(12)]
      const length = 256 + 16 * random.below(40)
      // Sealing zeros shows the key stream; its complement is the text whose ciphertext is all ones.
      const stream = seal(nodeAead, key, nonce, new Uint8Array(0), new Uint8Array(length)).subarray(0, length)
      const text = stream.map(byte => byte ^ 0xff)
      const sealed = seal(aead, key, nonce, new Uint8Array(0), text)
      expect(sealed[length - 1]).toBe(0xff)
      expect(Buffer.compare(sealed, seal(nodeAead, key, nonce, new Uint8Array(0), text)), `run ${i}`).toBe(0)
    }
  })

  it('hashes like noble at every length and output length, in all three modes', () => {
    const random = new Seeded(SEED + 3)
    const all = lengths(random, name === 'fallback' ? 20 : 300)
    for (const length of all) {
      const [key, input] = [random.bytes(32), random.bytes(length)]
      const dkLen = 1 + random.below(random.below(8) === 0 ? 300 : 33)
      const from = `seed ${SEED + 3}, length ${length}, output ${dkLen}`
      expect(toHex(blake3.hash(input, dkLen)), from).toBe(toHex(noble(input, { dkLen })))
      expect(toHex(blake3.keyed(key, input, dkLen)), from).toBe(toHex(noble(input, { key, dkLen })))
      const context = `context ${length % 100}`
      const want = noble(input, { context: utf8(context), dkLen })
      expect(toHex(blake3.deriveKey(context, input, dkLen)), from).toBe(toHex(want))
    }
  })

  it('hashes whole chunks, pieces and many pieces like hash-wasm', async () => {
    const random = new Seeded(SEED + 4)
    const input = random.bytes(600_000)
    for (const chunks of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 63, 64, 65, 66, 127, 128, 129, 192, 193, 256, 257, 320, 585]) {
      const part = input.subarray(0, chunks * 1024)
      expect(toHex(blake3.hash(part)), `${chunks} chunks`).toBe(await hashWasm(part))
      const odd = input.subarray(7, 7 + chunks * 1024 - random.below(1023))
      expect(toHex(blake3.hash(odd)), `${odd.length} bytes`).toBe(await hashWasm(odd))
    }
  })

  it('gives extended output longer than its buffer', () => {
    const input = new Seeded(SEED + 5).bytes(5000)
    for (const dkLen of [65_535, 65_536, 65_537, 140_000]) {
      expect(Buffer.compare(blake3.hash(input, dkLen), noble(input, { dkLen })), `${dkLen}`).toBe(0)
    }
  })
})
