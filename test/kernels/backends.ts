import { readFileSync } from 'node:fs'
import { loadKernels } from '../../src/kernels/index.js'
import { nodeAead as nodeCryptoAead } from '../../src/platform/crypto/aead/node.js'
import type { Aead, LoadedKernels } from '../../src/ports/kernels.js'

/** node:crypto behind the port: the independent implementation everything here is compared with. */
export const nodeAead = nodeCryptoAead() as Aead

/** Every way to get kernels that this runtime has, by name. */
export const backends: [string, LoadedKernels][] = [
  ['wasm', loadKernels({ backend: 'wasm' })],
  ['fallback', loadKernels({ backend: 'fallback' })],
  ['auto with a native twin', loadKernels({ native: nodeAead })],
]

/** Seeded pseudo-random numbers (a xorshift of 32 bits), so that a failure comes back. */
export class Seeded {
  constructor(private state: number) {}

  /** A whole number from 0 to `below` − 1. */
  below(below: number): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % below
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) out[i] = this.below(65_536) >>> 4
    return out
  }
}

/** A file of test/vectors. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T
}

/** Seals into a new array. */
export function seal(aead: Aead, key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, text: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(text.length + 16)
  buffer.set(text)
  const prepared = aead.key(key)
  prepared.seal(nonce, ad, 0, ad.length, buffer, 0, text.length)
  prepared.free()
  return buffer
}

/** Opens a copy; undefined when the tag is wrong, after a check that the copy was left as it was. */
export function open(
  aead: Aead,
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const buffer = Uint8Array.from(sealed)
  const prepared = aead.key(key)
  const right = prepared.open(nonce, ad, 0, ad.length, buffer, 0, buffer.length)
  prepared.free()
  if (right) return buffer.slice(0, buffer.length - 16)
  if (Buffer.compare(buffer, sealed) !== 0) throw new Error('a refused message was changed')
  return undefined
}

/** Every length below `short`, the lengths around each change of path and some random ones up to 70,000. */
export function edgeLengths(random: Seeded, short: number): number[] {
  const out = [...Array(short).keys()]
  for (const edge of [1024, 2048, 4096, 8192, 65_535, 65_536, 66_528, 66_560, 69_632]) {
    for (let by = -1; by <= 1; by++) out.push(edge + by)
  }
  for (let i = 0; i < 12; i++) out.push(random.below(70_001))
  return out
}
