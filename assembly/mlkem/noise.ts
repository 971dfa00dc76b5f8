import { squeeze2, start2 } from '../keccak/abreast'
import { STREAM_A, STREAM_B } from '../keccak/layout'
import { RATE_256 } from '../keccak/sponge'

/** SamplePolyCBD₂(PRF₂(seed, n)) for two n abreast (FIPS 203 algorithm 8, §4.1) into the polynomials at `a` and `b`. */
export function noise2(seed: usize, n: u32, a: usize, m: u32, b: usize): void {
  start2(seed, n, m, 1, RATE_256)
  squeeze2(128)
  binomial(STREAM_A, a)
  binomial(STREAM_B, b)
}

/** Algorithm 8 with η = 2: four bits a coefficient, the first two counted up, the others down; by a table in a register. */
function binomial(from: usize, to: usize): void {
  const byNibble = i8x16(0, 1, 2, 3, -1, 0, 1, 2, -2, -1, 0, 1, -3, -2, -1, 0)
  for (const end = from + 128; from < end; from += 16, to += 64) {
    const bits = v128.load(from)
    const odd = v128.and(i16x8.shr_u(bits, 1), i8x16.splat(0x55))
    const sums = i8x16.add(v128.and(bits, i8x16.splat(0x55)), odd)
    const low = i8x16.swizzle(byNibble, v128.and(sums, i8x16.splat(15)))
    const high = i8x16.swizzle(byNibble, v128.and(i16x8.shr_u(sums, 4), i8x16.splat(15)))
    const first = v128.shuffle<u8>(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const second = v128.shuffle<u8>(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    v128.store(to, i16x8.extend_low_i8x16_s(first))
    v128.store(to, i16x8.extend_high_i8x16_s(first), 16)
    v128.store(to, i16x8.extend_low_i8x16_s(second), 32)
    v128.store(to, i16x8.extend_high_i8x16_s(second), 48)
  }
}
