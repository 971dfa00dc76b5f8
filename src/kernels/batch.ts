import { HyphaeError } from '../core/errors.js'

/** Bytes of a BLAKE3 digest of the usual length. */
export const DIGEST_BYTES = 32

/**
 * Checks a batch of inputs of one length, packed in one array.
 *
 * @param target - where the digests go, packed; a new array unless given
 * @returns the array that takes the digests
 * @throws HyphaeError INVALID_ARGUMENT when `items` is no whole number of items or `target` has no room
 */
export function checkBatch(items: Uint8Array, itemBytes: number, target: Uint8Array | undefined): Uint8Array {
  const whole = Number.isInteger(itemBytes) && itemBytes > 0 && items.length % itemBytes === 0
  const bytes = (items.length / itemBytes) * DIGEST_BYTES
  if (whole && (target === undefined || target.length >= bytes)) return target ?? new Uint8Array(bytes)
  throw new HyphaeError('INVALID_ARGUMENT', 'a batch is no whole number of items, or its target is too short', {
    details: { bytes: items.length, itemBytes, targetBytes: target?.length },
  })
}

/**
 * Refuses an input or a place for its digest outside their arrays, before anything is written.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkRange(input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (from >= 0 && from <= to && to <= input.length && at >= 0 && at + DIGEST_BYTES <= target.length) return
  throw new HyphaeError('INVALID_ARGUMENT', 'an input or the place for its digest lies outside its array', {
    details: { from, to, bytes: input.length, at, targetBytes: target.length },
  })
}
