import { canonical, reduce } from './field'

// Compress and Decompress (FIPS 203 §4.2.1) with ByteEncode and ByteDecode, d = 10 for u and d = 4 for v. Nothing divides:
// the factors are exact for every input, which a test tries.

/** round(2^10 x / q) mod 2^10 and round(2^4 x / q) are (x · factor + half) >> shift in 32 bits, for every x below q. */
const F10: i32 = 1290167
const H10: i32 = 2097664
const S10: i32 = 22
const F4: i32 = 315
const H4: i32 = 32768
const S4: i32 = 16

function scale(values: v128, factor: i32, half: i32, shift: i32): v128 {
  const by = i32x4.splat(factor)
  const low = i32x4.add(i32x4.mul(i32x4.extend_low_i16x8_u(values), by), i32x4.splat(half))
  const high = i32x4.add(i32x4.mul(i32x4.extend_high_i16x8_u(values), by), i32x4.splat(half))
  return i16x8.narrow_i32x4_u(i32x4.shr_u(low, shift), i32x4.shr_u(high, shift))
}

/** Writes u: 320 bytes for one polynomial, whatever its coefficients; six more are overwritten. */
export function encode10(from: usize, to: usize): void {
  const join = i16x8(1, 1024, 1, 1024, 1, 1024, 1, 1024)
  for (const end = from + 512; from < end; from += 16, to += 10) {
    const x = canonical(reduce(v128.load(from)))
    const twenty = i32x4.dot_i16x8_s(scale(x, F10, H10, S10), join)
    const low = v128.and(twenty, i64x2.splat(0xffffffff))
    const forty = v128.or(low, i64x2.shl(i64x2.shr_u(twenty, 32), 20))
    v128.store(to, v128.shuffle<u8>(forty, forty, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 7, 7, 7, 7, 7, 7))
  }
}

/** Reads u: q·y / 2^10, rounded, is one rounding multiplication of 2^5 y by q. */
export function decode10(from: usize, to: usize): void {
  const align = i16x8(64, 16, 4, 1, 64, 16, 4, 1)
  for (const end = from + 320; from < end; from += 10, to += 16) {
    const bytes = v128.load(from)
    const spread = v128.shuffle<u8>(bytes, bytes, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9)
    const value = v128.and(i16x8.shr_u(i16x8.mul(spread, align), 1), i16x8.splat(0x7fe0))
    v128.store(to, i16x8.q15mulr_sat_s(value, i16x8.splat(3329)))
  }
}

/** Writes v: 128 bytes for a polynomial, whatever its coefficients. */
export function encode4(from: usize, to: usize): void {
  for (const end = from + 512; from < end; from += 32, to += 8) {
    const low = scale(canonical(reduce(v128.load(from))), F4, H4, S4)
    const high = scale(canonical(reduce(v128.load(from, 16))), F4, H4, S4)
    const nibbles = v128.and(i8x16.narrow_i16x8_u(low, high), i8x16.splat(15))
    const joined = v128.and(v128.or(nibbles, i16x8.shr_u(nibbles, 4)), i16x8.splat(0xff))
    store<u64>(to, i64x2.extract_lane(i8x16.narrow_i16x8_u(joined, joined), 0))
  }
}

/** Reads v: q·y / 2^4, rounded. */
export function decode4(from: usize, to: usize): void {
  for (const end = from + 128; from < end; from += 8, to += 32) {
    const bytes = v128.load_ext<u8>(from)
    const keep = i16x8.splat(0x7800)
    const even = i16x8.q15mulr_sat_s(v128.and(i16x8.shl(bytes, 11), keep), i16x8.splat(3329))
    const odd = i16x8.q15mulr_sat_s(v128.and(i16x8.shl(bytes, 7), keep), i16x8.splat(3329))
    v128.store(to, v128.shuffle<u16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11))
    v128.store(to, v128.shuffle<u16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  }
}
