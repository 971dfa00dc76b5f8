import { POLY, POLY_BYTES, STATE_KEY, STREAM, STREAM_BYTES, TAG, COMPUTED } from '../common/memory'
import { wipe } from '../common/wipe'
import { absorbLanes, startLanes } from '../poly1305/lanes'
import { LENGTHS, SHORT_BYTES } from '../poly1305/layout'
import { absorb } from '../poly1305/scalar'

/** From how many bytes on four lanes beat one: they must earn back the powers of r. */
const LANES_FROM: u32 = 256

/** Absorbs `length` bytes, padded with zeros in memory to whole blocks. */
export function absorbPadded(at: usize, length: u32): void {
  const end = at + ((<usize>length + 15) & ~15)
  if (length & 15) padLast(end - 16, length & 15)
  let done = at
  if (length >= LANES_FROM) {
    startLanes()
    done += (end - at) & ~63
    absorbLanes(at, done)
  }
  absorb(done, end)
}

/** Zeroes what lies behind the first `used` bytes of the block at `at`. */
function padLast(at: usize, used: u32): void {
  const index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  const keep = i8x16.lt_u(index, i8x16.splat(<i8>used))
  v128.store(at, v128.and(v128.load(at), keep))
}

/** Absorbs the block of both lengths (RFC 8439 §2.8). */
export function absorbLengths(adLength: u32, length: u32): void {
  store<u64>(LENGTHS, adLength)
  store<u64>(LENGTHS, length, 8)
  absorb(LENGTHS, LENGTHS + 16)
}

/** Compares TAG with COMPUTED without a branch on their bytes. */
export function tagIsRight(): bool {
  return !v128.any_true(v128.xor(v128.load(TAG), v128.load(COMPUTED)))
}

/** From how many bytes on more than the short parts of STREAM and POLY were used. */
const LONG_FROM: u32 = 129

/**
 * Leaves nothing of key, key stream or Poly1305 state behind; STREAM must be zero for the next call anyway. `lengths` is
 * the bitwise or of all lengths of the message, so not below the longest.
 */
export function wipeSecrets(lengths: u32): void {
  const long = lengths >= LONG_FROM
  wipe(STATE_KEY, 32)
  wipe(STREAM, long ? STREAM_BYTES : 192)
  wipe(POLY, long ? POLY_BYTES : SHORT_BYTES)
}
