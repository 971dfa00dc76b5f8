// SipHash-2-4-128 of four ids at once, two in each vector; the two vectors take turns because the steps of one have to wait for
// each other. Otherwise as in siphash.ts.

/** Words of two ids. */
function pair(from: usize, stride: usize): v128 {
  return v128.load_lane<u64>(from + stride, v128.load_splat<u64>(from), 1)
}

/**
 * Writes the fingerprints of four ids, `stride` bytes apart from `from` on, to `out`. `whole` bytes of an id are whole
 * words; of what comes then `mask` tells what is the id's, and `length` is its length in the highest byte.
 */
export function sipHash4(
  k0: u64,
  k1: u64,
  from: usize,
  stride: usize,
  whole: usize,
  mask: u64,
  length: u64,
  out: usize,
): void {
  let p0 = i64x2.splat(k0 ^ 0x736f6d6570736575)
  let p1 = i64x2.splat(k1 ^ 0x646f72616e646f6d ^ 0xee)
  let p2 = i64x2.splat(k0 ^ 0x6c7967656e657261)
  let p3 = i64x2.splat(k1 ^ 0x7465646279746573)
  let q0 = p0
  let q1 = p1
  let q2 = p2
  let q3 = p3
  for (let at: usize = 0; at <= whole; at += 8) {
    let p = pair(from + at, stride)
    let q = pair(from + at + 2 * stride, stride)
    if (at == whole) {
      p = v128.or(v128.and(p, i64x2.splat(mask)), i64x2.splat(length))
      q = v128.or(v128.and(q, i64x2.splat(mask)), i64x2.splat(length))
    }
    p3 = v128.xor(p3, p)
    q3 = v128.xor(q3, q)
    for (let round = 0; round < 2; round++) {
      p0 = i64x2.add(p0, p1)
      p2 = i64x2.add(p2, p3)
      q0 = i64x2.add(q0, q1)
      q2 = i64x2.add(q2, q3)
      p1 = v128.xor(v128.or(i64x2.shl(p1, 13), i64x2.shr_u(p1, 51)), p0)
      p3 = v128.xor(v128.shuffle<u16>(p3, p3, 3, 0, 1, 2, 7, 4, 5, 6), p2)
      p0 = v128.shuffle<u32>(p0, p0, 1, 0, 3, 2)
      q1 = v128.xor(v128.or(i64x2.shl(q1, 13), i64x2.shr_u(q1, 51)), q0)
      q3 = v128.xor(v128.shuffle<u16>(q3, q3, 3, 0, 1, 2, 7, 4, 5, 6), q2)
      q0 = v128.shuffle<u32>(q0, q0, 1, 0, 3, 2)
      p2 = i64x2.add(p2, p1)
      p0 = i64x2.add(p0, p3)
      q2 = i64x2.add(q2, q1)
      q0 = i64x2.add(q0, q3)
      p1 = v128.xor(v128.or(i64x2.shl(p1, 17), i64x2.shr_u(p1, 47)), p2)
      p3 = v128.xor(v128.or(i64x2.shl(p3, 21), i64x2.shr_u(p3, 43)), p0)
      p2 = v128.shuffle<u32>(p2, p2, 1, 0, 3, 2)
      q1 = v128.xor(v128.or(i64x2.shl(q1, 17), i64x2.shr_u(q1, 47)), q2)
      q3 = v128.xor(v128.or(i64x2.shl(q3, 21), i64x2.shr_u(q3, 43)), q0)
      q2 = v128.shuffle<u32>(q2, q2, 1, 0, 3, 2)
    }
    p0 = v128.xor(p0, p)
    q0 = v128.xor(q0, q)
  }
  p2 = v128.xor(p2, i64x2.splat(0xee))
  q2 = v128.xor(q2, i64x2.splat(0xee))
  for (let half: usize = 0; half < 16; half += 8) {
    for (let round = 0; round < 4; round++) {
      p0 = i64x2.add(p0, p1)
      p2 = i64x2.add(p2, p3)
      q0 = i64x2.add(q0, q1)
      q2 = i64x2.add(q2, q3)
      p1 = v128.xor(v128.or(i64x2.shl(p1, 13), i64x2.shr_u(p1, 51)), p0)
      p3 = v128.xor(v128.shuffle<u16>(p3, p3, 3, 0, 1, 2, 7, 4, 5, 6), p2)
      p0 = v128.shuffle<u32>(p0, p0, 1, 0, 3, 2)
      q1 = v128.xor(v128.or(i64x2.shl(q1, 13), i64x2.shr_u(q1, 51)), q0)
      q3 = v128.xor(v128.shuffle<u16>(q3, q3, 3, 0, 1, 2, 7, 4, 5, 6), q2)
      q0 = v128.shuffle<u32>(q0, q0, 1, 0, 3, 2)
      p2 = i64x2.add(p2, p1)
      p0 = i64x2.add(p0, p3)
      q2 = i64x2.add(q2, q1)
      q0 = i64x2.add(q0, q3)
      p1 = v128.xor(v128.or(i64x2.shl(p1, 17), i64x2.shr_u(p1, 47)), p2)
      p3 = v128.xor(v128.or(i64x2.shl(p3, 21), i64x2.shr_u(p3, 43)), p0)
      p2 = v128.shuffle<u32>(p2, p2, 1, 0, 3, 2)
      q1 = v128.xor(v128.or(i64x2.shl(q1, 17), i64x2.shr_u(q1, 47)), q2)
      q3 = v128.xor(v128.or(i64x2.shl(q3, 21), i64x2.shr_u(q3, 43)), q0)
      q2 = v128.shuffle<u32>(q2, q2, 1, 0, 3, 2)
    }
    const p = v128.xor(v128.xor(p0, p1), v128.xor(p2, p3))
    const q = v128.xor(v128.xor(q0, q1), v128.xor(q2, q3))
    v128.store_lane<u64>(out + half, p, 0)
    v128.store_lane<u64>(out + half, p, 1, 16)
    v128.store_lane<u64>(out + half, q, 0, 32)
    v128.store_lane<u64>(out + half, q, 1, 48)
    p1 = v128.xor(p1, i64x2.splat(0xdd))
    q1 = v128.xor(q1, i64x2.splat(0xdd))
  }
}
