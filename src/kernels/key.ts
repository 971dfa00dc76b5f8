import { HyphaeError } from '../core/errors.js'
import type { Aead, AeadKey } from '../ports/kernels.js'

/** Bytes of a key of ChaCha20-Poly1305 and of keyed BLAKE3. */
export const KEY_BYTES = 32
/** Bytes of a ChaCha20-Poly1305 nonce. */
export const NONCE_BYTES = 12
/** Bytes of an XChaCha20-Poly1305 nonce. */
export const EXTENDED_NONCE_BYTES = 24
/** Bytes of a Poly1305 tag. */
export const TAG_BYTES = 16

/**
 * Refuses a key of another length.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new HyphaeError('INVALID_ARGUMENT', `a key has 32 bytes, not ${key.length}`)
}

/**
 * A copy of a key that can be wiped for good. It lies in a buffer of its own outside the garbage collector's heap, where
 * small arrays would be moved and leave copies behind.
 *
 * @throws HyphaeError INVALID_ARGUMENT unless it has 32 bytes
 */
export function holdKey(key: Uint8Array): Uint32Array {
  checkKey(key)
  const held = new ArrayBuffer(KEY_BYTES)
  new Uint8Array(held).set(key)
  return new Uint32Array(held)
}

/** A key that can be handed to a second implementation. */
export interface HeldAeadKey extends AeadKey {
  /**
   * The 32 bytes, a view: to be copied at once.
   * @throws HyphaeError INTERNAL after {@link AeadKey.free}
   */
  reveal(): Uint8Array
}

/** An AEAD that holds its keys where they can be handed on from. */
export interface HoldingAead extends Aead {
  key(key: Uint8Array): HeldAeadKey
}

/** The error of every use after {@link AeadKey.free}. */
export function freedKey(): HyphaeError {
  return new HyphaeError('INTERNAL', 'a key was used after it was freed')
}

/**
 * Refuses ranges outside their arrays before anything is written.
 *
 * @param nonceBytes - what the nonce must have
 * @param longer - bytes that the output has more than the input: 16 for a seal, -16 for an open
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkAeadInput(
  nonceBytes: number,
  nonce: Uint8Array,
  ad: Uint8Array,
  adFrom: number,
  adTo: number,
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  longer: number,
): void {
  const adRight = adFrom >= 0 && adFrom <= adTo && adTo <= ad.length
  const textRight = from >= 0 && from <= to && to <= source.length
  const room = at >= 0 && at + (to - from) + longer <= target.length
  if (nonce.length === nonceBytes && adRight && textRight && room) return
  throw outside({ nonceBytes: nonce.length, adFrom, adTo, adBytes: ad.length, from, to, at }, source, target)
}

/** Blocks of one key stream: the counter has 32 bits, and @noble/ciphers keeps its last value back. */
const MAX_BLOCKS = 2 ** 32 - 1

/**
 * The same for a key stream; the nonce has 12 or 24 bytes.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkStreamInput(
  nonce: Uint8Array,
  counter: number,
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): void {
  const nonceRight = nonce.length === NONCE_BYTES || nonce.length === EXTENDED_NONCE_BYTES
  const textRight = from >= 0 && from <= to && to <= source.length
  const room = at >= 0 && at + (to - from) <= target.length
  const counterRight = Number.isInteger(counter) && counter >= 0 && counter < MAX_BLOCKS
  const blocksRight = counter + (to - from) / 64 <= MAX_BLOCKS
  if (nonceRight && counterRight && blocksRight && textRight && room) return
  throw outside({ nonceBytes: nonce.length, counter, from, to, at }, source, target)
}

function outside(details: Record<string, number>, source: Uint8Array, target: Uint8Array): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', 'nonce, counter, associated data or text lie outside their bounds', {
    details: { ...details, sourceBytes: source.length, targetBytes: target.length },
  })
}
