import { KEY, LANES, LAST_LANES, LIMBS, POWERS, SUM } from './layout'

const LIMB: u64 = 0x3ffffff

/** Writes the product of the numbers at `a` and `b` at `out`: five limbs of 26 bits each. */
function multiply(a: usize, b: usize, out: usize): void {
  const a0: u64 = load<u32>(a)
  const a1: u64 = load<u32>(a, 4)
  const a2: u64 = load<u32>(a, 8)
  const a3: u64 = load<u32>(a, 12)
  const a4: u64 = load<u32>(a, 16)
  const b0: u64 = load<u32>(b)
  const b1: u64 = load<u32>(b, 4)
  const b2: u64 = load<u32>(b, 8)
  const b3: u64 = load<u32>(b, 12)
  const b4: u64 = load<u32>(b, 16)
  carry(
    a0 * b0 + 5 * (a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1),
    a0 * b1 + a1 * b0 + 5 * (a2 * b4 + a3 * b3 + a4 * b2),
    a0 * b2 + a1 * b1 + a2 * b0 + 5 * (a3 * b4 + a4 * b3),
    a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + 5 * (a4 * b4),
    a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
    out,
  )
}

/** Carries five sums down to limbs of 26 bits (the second a few more) at `out`. */
function carry(d0: u64, d1: u64, d2: u64, d3: u64, d4: u64, out: usize): void {
  d1 += d0 >> 26
  d2 += d1 >> 26
  d3 += d2 >> 26
  d4 += d3 >> 26
  const e0 = (d0 & LIMB) + (d4 >> 26) * 5
  store<u32>(out, <u32>(e0 & LIMB))
  store<u32>(out, <u32>((d1 & LIMB) + (e0 >> 26)), 4)
  store<u32>(out, <u32>(d2 & LIMB), 8)
  store<u32>(out, <u32>(d3 & LIMB), 12)
  store<u32>(out, <u32>(d4 & LIMB), 16)
}

/** Splits the 130 bits of `low`, `high` and `top` into five limbs of 26 bits at `out`. */
function split(low: u64, high: u64, top: u64, out: usize): void {
  store<u32>(out, <u32>(low & LIMB))
  store<u32>(out, <u32>((low >> 26) & LIMB), 4)
  store<u32>(out, <u32>(((low >> 52) | (high << 12)) & LIMB), 8)
  store<u32>(out, <u32>((high >> 14) & LIMB), 12)
  store<u32>(out, <u32>((high >> 40) | (top << 24)), 16)
}

/** Joins the limbs at `at`, the second of which may have a bit more, to the words of SUM. */
function join(at: usize): void {
  const l1: u64 = load<u32>(at, 4)
  const l2 = <u64>load<u32>(at, 8) + (l1 >> 26)
  const l3 = <u64>load<u32>(at, 12) + (l2 >> 26)
  const l4 = <u64>load<u32>(at, 16) + (l3 >> 26)
  const m2 = l2 & LIMB
  store<u64>(SUM, (<u64>load<u32>(at)) | ((l1 & LIMB) << 26) | (m2 << 52))
  store<u64>(SUM, (m2 >> 12) | ((l3 & LIMB) << 14) | (l4 << 40), 8)
  store<u32>(SUM, <u32>(l4 >> 24), 16)
}

/** Prepares r² to r⁴ and the multiplier vectors for {@link absorbLanes}. */
export function startLanes(): void {
  split(load<u64>(KEY), load<u64>(KEY, 8), 0, POWERS)
  multiply(POWERS, POWERS, POWERS + 32)
  multiply(POWERS + 32, POWERS, POWERS + 64)
  multiply(POWERS + 64, POWERS, POWERS + 96)
  const five = i32x4.splat(5)
  for (let i: usize = 0; i < 5; i++) {
    const at = POWERS + 4 * i
    const all = v128.load_splat<u32>(at, 96)
    let last = v128.load_splat<u32>(at, 96)
    last = i32x4.replace_lane(last, 1, load<u32>(at, 64))
    last = i32x4.replace_lane(last, 2, load<u32>(at, 32))
    last = i32x4.replace_lane(last, 3, load<u32>(at))
    v128.store(LANES + 16 * i, all)
    v128.store(LAST_LANES + 16 * i, last)
    if (i > 0) {
      v128.store(LANES + 64 + 16 * i, i32x4.mul(all, five))
      v128.store(LAST_LANES + 64 + 16 * i, i32x4.mul(last, five))
    }
  }
}

/** Absorbs four blocks at a time, one a lane; [at, end) holds one or more times 64 bytes. */
export function absorbLanes(at: usize, end: usize): void {
  const mask = i32x4.splat(0x3ffffff)
  const mask64 = i64x2.splat(0x3ffffff)
  const top = i32x4.splat(0x1000000)
  const zero = i32x4.splat(0)
  split(load<u64>(SUM), load<u64>(SUM, 8), load<u32>(SUM, 16), LIMBS)
  let h0 = i32x4.replace_lane(zero, 0, load<u32>(LIMBS))
  let h1 = i32x4.replace_lane(zero, 0, load<u32>(LIMBS, 4))
  let h2 = i32x4.replace_lane(zero, 0, load<u32>(LIMBS, 8))
  let h3 = i32x4.replace_lane(zero, 0, load<u32>(LIMBS, 12))
  let h4 = i32x4.replace_lane(zero, 0, load<u32>(LIMBS, 16))
  while (true) {
    const b0 = v128.load(at)
    const b1 = v128.load(at, 16)
    const b2 = v128.load(at, 32)
    const b3 = v128.load(at, 48)
    const t0 = v128.shuffle<u32>(b0, b1, 0, 4, 1, 5)
    const t1 = v128.shuffle<u32>(b2, b3, 0, 4, 1, 5)
    const t2 = v128.shuffle<u32>(b0, b1, 2, 6, 3, 7)
    const t3 = v128.shuffle<u32>(b2, b3, 2, 6, 3, 7)
    const w0 = v128.shuffle<u64>(t0, t1, 0, 2)
    const w1 = v128.shuffle<u64>(t0, t1, 1, 3)
    const w2 = v128.shuffle<u64>(t2, t3, 0, 2)
    const w3 = v128.shuffle<u64>(t2, t3, 1, 3)
    h0 = i32x4.add(h0, v128.and(w0, mask))
    h1 = i32x4.add(h1, v128.and(v128.or(i32x4.shr_u(w0, 26), i32x4.shl(w1, 6)), mask))
    h2 = i32x4.add(h2, v128.and(v128.or(i32x4.shr_u(w1, 20), i32x4.shl(w2, 12)), mask))
    h3 = i32x4.add(h3, v128.and(v128.or(i32x4.shr_u(w2, 14), i32x4.shl(w3, 18)), mask))
    h4 = i32x4.add(h4, v128.or(i32x4.shr_u(w3, 8), top))
    at += 64
    const last = at >= end
    const by = last ? LAST_LANES : LANES
    const r0 = v128.load(by)
    const r1 = v128.load(by, 16)
    const r2 = v128.load(by, 32)
    const r3 = v128.load(by, 48)
    const r4 = v128.load(by, 64)
    const s1 = v128.load(by, 80)
    const s2 = v128.load(by, 96)
    const s3 = v128.load(by, 112)
    const s4 = v128.load(by, 128)
    let l0 = i64x2.extmul_low_i32x4_u(h0, r0)
    l0 = i64x2.add(l0, i64x2.extmul_low_i32x4_u(h1, s4))
    l0 = i64x2.add(l0, i64x2.extmul_low_i32x4_u(h2, s3))
    l0 = i64x2.add(l0, i64x2.extmul_low_i32x4_u(h3, s2))
    l0 = i64x2.add(l0, i64x2.extmul_low_i32x4_u(h4, s1))
    let l1 = i64x2.extmul_low_i32x4_u(h0, r1)
    l1 = i64x2.add(l1, i64x2.extmul_low_i32x4_u(h1, r0))
    l1 = i64x2.add(l1, i64x2.extmul_low_i32x4_u(h2, s4))
    l1 = i64x2.add(l1, i64x2.extmul_low_i32x4_u(h3, s3))
    l1 = i64x2.add(l1, i64x2.extmul_low_i32x4_u(h4, s2))
    let l2 = i64x2.extmul_low_i32x4_u(h0, r2)
    l2 = i64x2.add(l2, i64x2.extmul_low_i32x4_u(h1, r1))
    l2 = i64x2.add(l2, i64x2.extmul_low_i32x4_u(h2, r0))
    l2 = i64x2.add(l2, i64x2.extmul_low_i32x4_u(h3, s4))
    l2 = i64x2.add(l2, i64x2.extmul_low_i32x4_u(h4, s3))
    let l3 = i64x2.extmul_low_i32x4_u(h0, r3)
    l3 = i64x2.add(l3, i64x2.extmul_low_i32x4_u(h1, r2))
    l3 = i64x2.add(l3, i64x2.extmul_low_i32x4_u(h2, r1))
    l3 = i64x2.add(l3, i64x2.extmul_low_i32x4_u(h3, r0))
    l3 = i64x2.add(l3, i64x2.extmul_low_i32x4_u(h4, s4))
    let l4 = i64x2.extmul_low_i32x4_u(h0, r4)
    l4 = i64x2.add(l4, i64x2.extmul_low_i32x4_u(h1, r3))
    l4 = i64x2.add(l4, i64x2.extmul_low_i32x4_u(h2, r2))
    l4 = i64x2.add(l4, i64x2.extmul_low_i32x4_u(h3, r1))
    l4 = i64x2.add(l4, i64x2.extmul_low_i32x4_u(h4, r0))
    let u0 = i64x2.extmul_high_i32x4_u(h0, r0)
    u0 = i64x2.add(u0, i64x2.extmul_high_i32x4_u(h1, s4))
    u0 = i64x2.add(u0, i64x2.extmul_high_i32x4_u(h2, s3))
    u0 = i64x2.add(u0, i64x2.extmul_high_i32x4_u(h3, s2))
    u0 = i64x2.add(u0, i64x2.extmul_high_i32x4_u(h4, s1))
    let u1 = i64x2.extmul_high_i32x4_u(h0, r1)
    u1 = i64x2.add(u1, i64x2.extmul_high_i32x4_u(h1, r0))
    u1 = i64x2.add(u1, i64x2.extmul_high_i32x4_u(h2, s4))
    u1 = i64x2.add(u1, i64x2.extmul_high_i32x4_u(h3, s3))
    u1 = i64x2.add(u1, i64x2.extmul_high_i32x4_u(h4, s2))
    let u2 = i64x2.extmul_high_i32x4_u(h0, r2)
    u2 = i64x2.add(u2, i64x2.extmul_high_i32x4_u(h1, r1))
    u2 = i64x2.add(u2, i64x2.extmul_high_i32x4_u(h2, r0))
    u2 = i64x2.add(u2, i64x2.extmul_high_i32x4_u(h3, s4))
    u2 = i64x2.add(u2, i64x2.extmul_high_i32x4_u(h4, s3))
    let u3 = i64x2.extmul_high_i32x4_u(h0, r3)
    u3 = i64x2.add(u3, i64x2.extmul_high_i32x4_u(h1, r2))
    u3 = i64x2.add(u3, i64x2.extmul_high_i32x4_u(h2, r1))
    u3 = i64x2.add(u3, i64x2.extmul_high_i32x4_u(h3, r0))
    u3 = i64x2.add(u3, i64x2.extmul_high_i32x4_u(h4, s4))
    let u4 = i64x2.extmul_high_i32x4_u(h0, r4)
    u4 = i64x2.add(u4, i64x2.extmul_high_i32x4_u(h1, r3))
    u4 = i64x2.add(u4, i64x2.extmul_high_i32x4_u(h2, r2))
    u4 = i64x2.add(u4, i64x2.extmul_high_i32x4_u(h3, r1))
    u4 = i64x2.add(u4, i64x2.extmul_high_i32x4_u(h4, r0))
    if (last) {
      const sum0 = i64x2.add(l0, u0)
      const sum1 = i64x2.add(l1, u1)
      const sum2 = i64x2.add(l2, u2)
      const sum3 = i64x2.add(l3, u3)
      const sum4 = i64x2.add(l4, u4)
      carry(across(sum0), across(sum1), across(sum2), across(sum3), across(sum4), LIMBS)
      join(LIMBS)
      return
    }
    l1 = i64x2.add(l1, i64x2.shr_u(l0, 26))
    l0 = v128.and(l0, mask64)
    u1 = i64x2.add(u1, i64x2.shr_u(u0, 26))
    u0 = v128.and(u0, mask64)
    l4 = i64x2.add(l4, i64x2.shr_u(l3, 26))
    l3 = v128.and(l3, mask64)
    u4 = i64x2.add(u4, i64x2.shr_u(u3, 26))
    u3 = v128.and(u3, mask64)
    l2 = i64x2.add(l2, i64x2.shr_u(l1, 26))
    l1 = v128.and(l1, mask64)
    u2 = i64x2.add(u2, i64x2.shr_u(u1, 26))
    u1 = v128.and(u1, mask64)
    const cl = i64x2.shr_u(l4, 26)
    l0 = i64x2.add(l0, i64x2.add(cl, i64x2.shl(cl, 2)))
    l4 = v128.and(l4, mask64)
    const cu = i64x2.shr_u(u4, 26)
    u0 = i64x2.add(u0, i64x2.add(cu, i64x2.shl(cu, 2)))
    u4 = v128.and(u4, mask64)
    l3 = i64x2.add(l3, i64x2.shr_u(l2, 26))
    l2 = v128.and(l2, mask64)
    u3 = i64x2.add(u3, i64x2.shr_u(u2, 26))
    u2 = v128.and(u2, mask64)
    l1 = i64x2.add(l1, i64x2.shr_u(l0, 26))
    l0 = v128.and(l0, mask64)
    u1 = i64x2.add(u1, i64x2.shr_u(u0, 26))
    u0 = v128.and(u0, mask64)
    l4 = i64x2.add(l4, i64x2.shr_u(l3, 26))
    l3 = v128.and(l3, mask64)
    u4 = i64x2.add(u4, i64x2.shr_u(u3, 26))
    u3 = v128.and(u3, mask64)
    h0 = v128.shuffle<u32>(l0, u0, 0, 2, 4, 6)
    h1 = v128.shuffle<u32>(l1, u1, 0, 2, 4, 6)
    h2 = v128.shuffle<u32>(l2, u2, 0, 2, 4, 6)
    h3 = v128.shuffle<u32>(l3, u3, 0, 2, 4, 6)
    h4 = v128.shuffle<u32>(l4, u4, 0, 2, 4, 6)
  }
}

function across(pair: v128): u64 {
  return i64x2.extract_lane(pair, 0) + i64x2.extract_lane(pair, 1)
}
