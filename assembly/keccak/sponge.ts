import { wipe } from '../common/wipe'
import { ONE } from './layout'
import { permute1 } from './permute1.generated'

/** Bytes a block of SHA3-512, SHA3-256 and SHAKE256, SHAKE128 (FIPS 202 §6). */
export const RATE_SHA3_512: u32 = 72
export const RATE_256: u32 = 136
export const RATE_SHAKE128: u32 = 168
/** Suffix and first bit of the padding of SHA3 and SHAKE (FIPS 202 §6.1, §6.2, §5.1). */
export const SHA3: u8 = 0x06
export const SHAKE: u8 = 0x1f

/** Hashes `length` bytes at `from` in one sponge (FIPS 202 §4) and writes `out` bytes to `to`. Lengths are public. */
export function sponge(from: usize, length: u32, rate: u32, suffix: u8, to: usize, out: u32): void {
  wipe(ONE, 208)
  for (; length >= rate; length -= rate, from += rate) {
    xorIn(from, rate)
    permute1(ONE)
  }
  xorIn(from, length)
  store<u8>(ONE + length, load<u8>(ONE + length) ^ suffix)
  store<u8>(ONE + rate - 1, load<u8>(ONE + rate - 1) ^ 0x80)
  for (;;) {
    permute1(ONE)
    if (out <= rate) break
    memory.copy(to, ONE, rate)
    to += rate
    out -= rate
  }
  memory.copy(to, ONE, out)
}

function xorIn(from: usize, length: u32): void {
  const words = length & ~7
  for (let i: usize = 0; i < words; i += 8) store<u64>(ONE + i, load<u64>(ONE + i) ^ load<u64>(from + i))
  for (let i: usize = words; i < length; i++) store<u8>(ONE + i, load<u8>(ONE + i) ^ load<u8>(from + i))
}
