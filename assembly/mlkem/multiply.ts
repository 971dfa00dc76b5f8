import { FACTOR, SUM } from './layout'
import { montgomery, times } from './field'
import { GAMMAS } from './zetas.generated'

// Products in the NTT domain (FIPS 203 algorithms 11 and 12): (a0 + a1 X)(b0 + b1 X) mod X² − γ is two scalar products of
// (a0, a1), with (b0, γ b1) and with (b1, b0). A factor used in many products is stored in both forms, times 2^16; three
// products are summed in 32 bits before one reduction. |a| ≤ 4095 and |b| ≤ q keep the sums below 2^27.

/** 2^16 mod q, centred, and round(2^15 of it / q). */
const R: i16 = -1044
const R_Q: i16 = -10276

/** Bytes of both forms of a polynomial. */
const FORMS: usize = 1024

/** Writes both forms of the vector of three polynomials at `from` to FACTOR. Any coefficients are fine. */
export function factor(from: usize): void {
  for (let poly: usize = 0; poly < 3; poly++) {
    let to = FACTOR + FORMS * poly
    let gamma = GAMMAS
    const end = to + FORMS
    for (; to < end; from += 16, to += 32, gamma += 32) {
      const b = v128.load(from)
      const swapped = times(b, i16x8.splat(R), i16x8.splat(R_Q))
      v128.store(to, times(b, v128.load(gamma), v128.load(gamma, 16)))
      v128.store(to, v128.shuffle<u16>(swapped, swapped, 1, 0, 3, 2, 5, 4, 7, 6), 16)
    }
  }
}

/** SUM = a·FACTOR + b·FACTOR + c·FACTOR, polynomial by polynomial of FACTOR; within ±0.8 q. */
export function scalarProduct(a: usize, b: usize, c: usize): void {
  let by = FACTOR
  for (let to = SUM; to < SUM + 512; to += 16, by += 32, a += 16, b += 16, c += 16) {
    const x = v128.load(a),
      y = v128.load(b),
      z = v128.load(c)
    let even = i32x4.dot_i16x8_s(x, v128.load(by))
    let odd = i32x4.dot_i16x8_s(x, v128.load(by, 16))
    even = i32x4.add(even, i32x4.dot_i16x8_s(y, v128.load(by, 1024)))
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(y, v128.load(by, 1040)))
    even = i32x4.add(even, i32x4.dot_i16x8_s(z, v128.load(by, 2048)))
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(z, v128.load(by, 2064)))
    v128.store(to, montgomery(even, odd))
  }
}
