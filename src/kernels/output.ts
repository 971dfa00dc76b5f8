import { HyphaeError } from '../core/errors.js'

/** The most bytes of extended output of one call; far above any key or mask. */
export const MAX_OUTPUT_BYTES = 2 ** 30

/**
 * Refuses lengths that are no whole number from 1 to 2^30, so that every backend answers alike.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkOutputLength(length: number): void {
  if (Number.isInteger(length) && length > 0 && length <= MAX_OUTPUT_BYTES) return
  throw new HyphaeError('INVALID_ARGUMENT', `an output has 1 to ${MAX_OUTPUT_BYTES} bytes, not ${length}`)
}
