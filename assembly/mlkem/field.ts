// Arithmetic modulo q = 3329 on eight signed 16-bit coefficients, which stand for their class and need not be reduced.

/** The modulus q. */
export const Q: i16 = 3329

/**
 * a·z mod q for a constant z, given z (centred) and zq = round(2^15 z / q): Shoup's multiplication. Good for any a; the
 * result lies within ±q, and within ±(1/2 + |a|/2^16)·q.
 */
export function times(a: v128, z: v128, zq: v128): v128 {
  return i16x8.sub(i16x8.mul(a, z), i16x8.mul(i16x8.q15mulr_sat_s(a, zq), i16x8.splat(Q)))
}

/** Brings any a to within ±2187: a − round(10a / 2^15)·q. */
export function reduce(a: v128): v128 {
  return i16x8.sub(a, i16x8.mul(i16x8.q15mulr_sat_s(a, i16x8.splat(10)), i16x8.splat(Q)))
}

/** From within ±(q − 1) to 0 … q − 1. */
export function canonical(a: v128): v128 {
  return i16x8.add(a, v128.and(i16x8.shr_s(a, 15), i16x8.splat(Q)))
}

/**
 * Montgomery reduction of 32-bit sums: even coefficients from the lanes of `even`, odd ones from `odd`, each divided by
 * 2^16 modulo q. The result lies within ±(|sum|/2^16 + q/2).
 */
export function montgomery(even: v128, odd: v128): v128 {
  const inverse = i16x8.splat(-3327)
  const q = i32x4.splat(Q)
  const low = i32x4.sub(even, i32x4.dot_i16x8_s(i16x8.mul(even, inverse), q))
  const high = i32x4.sub(odd, i32x4.dot_i16x8_s(i16x8.mul(odd, inverse), q))
  return v128.or(i32x4.shr_u(low, 16), v128.and(high, i32x4.splat(0xffff0000)))
}
