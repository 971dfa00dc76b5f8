import { expect, it } from 'vitest'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { instantiate, type KernelInstance } from '../../src/kernels/wasm/instance.js'
import { BUFFER, COMPUTED } from '../../src/kernels/wasm/map.js'
import { Seeded } from './backends.js'

// Keys and sums that no cipher ever makes by chance, written straight into the kernel's memory and compared with whole
// numbers: what happens next to 2^130 − 5, where a wrong carry or a missing reduction shows.

/** Of assembly/poly1305/layout.ts: the accumulator, r and s. */
const [SUM, KEY, PAD] = [0x700, 0x720, 0x730]
const PRIME = 2n ** 130n - 5n
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn
const kernel: KernelInstance = instantiate(new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64')))

const bytesOf = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))

const numberOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** Tag of the blocks and the block of lengths behind them, from an accumulator that already holds `sum`. */
function kernelTag(r: bigint, s: bigint, sum: bigint, blocks: bigint[]): bigint {
  kernel.bytes.set(bytesOf(sum, 20), SUM)
  kernel.bytes.set(bytesOf(r, 16), KEY)
  kernel.bytes.set(bytesOf(s, 16), PAD)
  for (const [i, block] of blocks.entries()) kernel.bytes.set(bytesOf(block, 16), BUFFER + 16 * i)
  if (blocks.length > 0) kernel.exports.aeadAbsorb(16 * blocks.length)
  kernel.exports.aeadTag(0, 16 * blocks.length)
  const tag = numberOf(kernel.bytes.slice(COMPUTED, COMPUTED + 16))
  kernel.exports.aeadEnd()
  return tag
}

function referenceTag(r: bigint, s: bigint, sum: bigint, blocks: bigint[]): bigint {
  let h = sum
  const lengths = BigInt(16 * blocks.length) << 64n
  for (const block of [...blocks, lengths]) h = ((h + block + 2n ** 128n) * r) % PRIME
  return (h + s) % 2n ** 128n
}

it('[D30] Poly1305 reduces sums from 2^130 − 12 to 2^130 + 12 fully', () => {
  for (const count of [2, 18]) {
    for (let off = -12n; off <= 12n; off++) {
      // With r = 1 the blocks add up: two blocks, or 18 of which four lanes take sixteen, and the lengths.
      const lengths = BigInt(16 * count) << 64n
      const missing = 2n ** 130n + off - lengths - 3n * 2n ** 128n
      const others = Array.from({ length: count - 1 }, () => 0n)
      // 16 blocks more bring 16 · 2^128, which is 4 · 5 modulo the prime.
      const first = missing - (count === 18 ? 20n : 0n)
      if (first < 0n || first >= 2n ** 128n) continue
      const blocks = [first, ...others]
      for (const s of [0n, 1n, 2n ** 128n - 1n]) {
        expect(kernelTag(1n, s, 0n, blocks), `${count} blocks, ${off}`).toBe(referenceTag(1n, s, 0n, blocks))
      }
    }
  }
})

it('[D30] Poly1305 carries through limbs full of ones, up to a fifth word that overflows', () => {
  const random = new Seeded(0x5eed_0400)
  const ones = 2n ** 128n - 1n
  for (const sum of [0n, ones, 4n * 2n ** 128n - 1n, 5n * 2n ** 128n - 1n, 7n * 2n ** 128n - 1n]) {
    for (const r of [0n, 1n, 4n << 32n, CLAMP, numberOf(random.bytes(16)) & CLAMP]) {
      for (const count of [0, 1, 2, 15, 16, 17, 20, 40]) {
        for (const block of [0n, ones, 2n ** 64n - 1n, ones ^ 1n]) {
          const blocks = Array.from({ length: count }, () => block)
          const of = `sum ${sum}, r ${r}, ${count} blocks of ${block}`
          expect(kernelTag(r, ones, sum, blocks), of).toBe(referenceTag(r, ones, sum, blocks))
        }
      }
    }
  }
})
