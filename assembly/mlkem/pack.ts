import { canonical, Q, reduce } from './field'

// ByteEncode and ByteDecode with 12 bits (FIPS 203 algorithms 5 and 6), and with one bit for messages.

/** Eight 12-bit numbers in the first 12 bytes. */
export function unpack12(bytes: v128): v128 {
  const spread = v128.shuffle<u8>(bytes, bytes, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11)
  const even = v128.and(spread, i16x8.splat(0x0fff))
  return v128.bitselect(i16x8.shr_u(spread, 4), even, i32x4.splat(0xffff0000))
}

/** Decodes three polynomials (1152 bytes). Answers whether all coefficients are below q (§7.2, modulus check). */
export function decode12(from: usize, to: usize): bool {
  let over = i16x8.splat(0)
  for (const end = from + 1152; from < end; from += 12, to += 16) {
    const values = unpack12(v128.load(from))
    over = v128.or(over, i16x8.ge_s(values, i16x8.splat(Q)))
    v128.store(to, values)
  }
  return !v128.any_true(over)
}

/** Encodes one polynomial, whatever its coefficients, to 384 bytes; four more are overwritten. */
export function encode12(from: usize, to: usize): void {
  const join = i16x8(1, 4096, 1, 4096, 1, 4096, 1, 4096)
  for (const end = from + 512; from < end; from += 16, to += 12) {
    const pairs = i32x4.dot_i16x8_s(canonical(reduce(v128.load(from))), join)
    v128.store(to, v128.shuffle<u8>(pairs, pairs, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 3, 3, 3))
  }
}

/** Adds Decompress₁(ByteDecode₁(message)) to a polynomial: (q + 1) / 2 for each set bit. */
export function addMessage(message: usize, to: usize): void {
  const bits = i16x8(1, 2, 4, 8, 16, 32, 64, 128)
  for (const end = message + 32; message < end; message++, to += 16) {
    const set = i16x8.eq(v128.and(i16x8.splat(load<u8>(message)), bits), bits)
    v128.store(to, i16x8.add(v128.load(to), v128.and(set, i16x8.splat(1665))))
  }
}

/** ByteEncode₁(Compress₁(poly)): a bit is set where 2x/q rounds to 1, that is |2x − q| < q/2 for 0 ≤ x < q. */
export function encodeMessage(from: usize, message: usize): void {
  for (const end = from + 512; from < end; from += 16, message++) {
    const value = canonical(reduce(v128.load(from)))
    const distance = i16x8.abs(i16x8.sub(i16x8.shl(value, 1), i16x8.splat(Q)))
    store<u8>(message, <u8>i16x8.bitmask(i16x8.lt_s(distance, i16x8.splat(1665))))
  }
}
