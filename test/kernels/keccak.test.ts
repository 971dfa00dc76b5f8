import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { BUFFER } from '../../src/kernels/wasm/map.js'
import { Seeded } from './backends.js'
import { freshKernel } from './mlkem-support.js'

/** Name for node:crypto, bytes of a block, suffix, whether the output is extendable or else its bytes. */
const FUNCTIONS: [string, number, number, number | undefined][] = [
  ['sha3-256', 136, 0x06, 32],
  ['sha3-512', 72, 0x06, 64],
  ['shake128', 168, 0x1f, undefined],
  ['shake256', 136, 0x1f, undefined],
]

it.each(FUNCTIONS)(
  'Keccak of the kernel gives %s for random lengths and around every block',
  (name, rate, suffix, fixed) => {
    const kernel = freshKernel()
    const random = new Seeded(60)
    const around = [0, 1, 2, 3].flatMap(blocks => [-9, -8, -1, 0, 1, 7, 8].map(off => blocks * rate + off))
    const lengths = [...around.filter(length => length >= 0), ...Array.from({ length: 150 }, () => random.below(3000))]
    expect(lengths.length).toBeGreaterThan(170)
    for (const [i, length] of lengths.entries()) {
      const outputLength = fixed ?? 1 + ((i * 37) % (3 * rate))
      const input = random.bytes(length)
      kernel.write(input, 0, length, BUFFER)
      kernel.exports.keccakHash(length, rate, suffix, outputLength)
      const got = kernel.copy(BUFFER, outputLength)
      const options = fixed === undefined ? { outputLength } : {}
      expect(Buffer.compare(got, createHash(name, options).update(input).digest()), `${length} bytes`).toBe(0)
      const left = kernel.copy(BUFFER + outputLength, 3000)
      expect(left.every(byte => byte === 0)).toBe(true)
      kernel.bytes.fill(0, BUFFER, BUFFER + outputLength)
    }
  },
)
