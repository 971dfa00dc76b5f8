import { HyphaeError } from '../core/errors.js'
import type { Aead, AeadKey } from '../ports/kernels.js'

/** Bytes of a key of ChaCha20-Poly1305 and of keyed BLAKE3. */
export const KEY_BYTES = 32
/** Bytes of a ChaCha20-Poly1305 nonce. */
export const NONCE_BYTES = 12
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
 * @param room - bytes of the buffer needed, counted from its start
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkAeadInput(
  nonce: Uint8Array,
  ad: Uint8Array,
  adFrom: number,
  adTo: number,
  buffer: Uint8Array,
  from: number,
  to: number,
  room: number,
): void {
  const adRight = adFrom >= 0 && adFrom <= adTo && adTo <= ad.length
  if (nonce.length === NONCE_BYTES && adRight && from >= 0 && from <= to && room <= buffer.length) return
  throw new HyphaeError('INVALID_ARGUMENT', 'nonce, associated data or text lie outside their arrays', {
    details: { nonceBytes: nonce.length, adFrom, adTo, adBytes: ad.length, from, to, room, bufferBytes: buffer.length },
  })
}
