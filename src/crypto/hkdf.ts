import { concat, wipe } from '../core/bytes.js'
import type { Blake3 } from '../ports/kernels.js'

const BLOCK_BYTES = 64

/** HMAC (RFC 2104) over BLAKE3 with its 64-byte block; keys are at most a block long. */
export function hmac(blake3: Blake3, key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK_BYTES + message.length)
  const outer = new Uint8Array(BLOCK_BYTES + 32)
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = i < key.length ? key[i] : 0
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  inner.set(message, BLOCK_BYTES)
  outer.set(blake3.hash(inner), BLOCK_BYTES)
  const tag = blake3.hash(outer)
  wipe(inner, outer)
  return tag
}

/** Noise's HKDF with two outputs (the Noise specification, revision 34, §4.3). */
export function hkdf2(blake3: Blake3, chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const temp = hmac(blake3, chainingKey, material)
  const first = hmac(blake3, temp, Uint8Array.of(1))
  const second = hmac(blake3, temp, concat(first, Uint8Array.of(2)))
  wipe(temp)
  return [first, second]
}
