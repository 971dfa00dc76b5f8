import { PAD, POWERS, SUM } from './layout'

const LIMB: u64 = 0x3ffffff

/** Starts a tag with the one-time key (r, s) of 32 bytes at `key`. RFC 8439 §2.5.1: r is clamped. */
export function start(key: usize): void {
  store<u32>(POWERS, load<u32>(key) & 0x3ffffff)
  store<u32>(POWERS, (load<u32>(key, 3) >> 2) & 0x3ffff03, 4)
  store<u32>(POWERS, (load<u32>(key, 6) >> 4) & 0x3ffc0ff, 8)
  store<u32>(POWERS, (load<u32>(key, 9) >> 6) & 0x3f03fff, 12)
  store<u32>(POWERS, (load<u32>(key, 12) >> 8) & 0x00fffff, 16)
  v128.store(PAD, v128.load(key, 16))
  v128.store(SUM, i32x4.splat(0))
  store<u32>(SUM, 0, 16)
}

/** Absorbs the 16-byte blocks in [at, end). */
export function absorb(at: usize, end: usize): void {
  const r0: u64 = load<u32>(POWERS)
  const r1: u64 = load<u32>(POWERS, 4)
  const r2: u64 = load<u32>(POWERS, 8)
  const r3: u64 = load<u32>(POWERS, 12)
  const r4: u64 = load<u32>(POWERS, 16)
  const s1 = r1 * 5
  const s2 = r2 * 5
  const s3 = r3 * 5
  const s4 = r4 * 5
  let h0: u64 = load<u32>(SUM)
  let h1: u64 = load<u32>(SUM, 4)
  let h2: u64 = load<u32>(SUM, 8)
  let h3: u64 = load<u32>(SUM, 12)
  let h4: u64 = load<u32>(SUM, 16)
  for (; at < end; at += 16) {
    const low = load<u64>(at)
    const high = load<u64>(at, 8)
    h0 += low & LIMB
    h1 += (low >> 26) & LIMB
    h2 += (low >> 52) | ((high << 12) & LIMB)
    h3 += (high >> 14) & LIMB
    h4 += (high >> 40) | 0x1000000
    const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1
    const d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2
    const d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3
    const d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4
    const d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0
    // Two carries run side by side; every limb ends below 2^26 plus a few bits, which the next products allow.
    const e1 = d1 + (d0 >> 26)
    const e4 = d4 + (d3 >> 26)
    const e2 = d2 + (e1 >> 26)
    const e0 = (d0 & LIMB) + (e4 >> 26) * 5
    const e3 = (d3 & LIMB) + (e2 >> 26)
    h0 = e0 & LIMB
    h1 = (e1 & LIMB) + (e0 >> 26)
    h2 = e2 & LIMB
    h3 = e3 & LIMB
    h4 = (e4 & LIMB) + (e3 >> 26)
  }
  store<u32>(SUM, <u32>h0)
  store<u32>(SUM, <u32>h1, 4)
  store<u32>(SUM, <u32>h2, 8)
  store<u32>(SUM, <u32>h3, 12)
  store<u32>(SUM, <u32>h4, 16)
}

/** Reduces modulo 2^130 − 5, adds s and writes the 16-byte tag at `tag`. No branch depends on the value. */
export function finish(tag: usize): void {
  let h0: u64 = load<u32>(SUM)
  let h1: u64 = load<u32>(SUM, 4)
  let h2: u64 = load<u32>(SUM, 8)
  let h3: u64 = load<u32>(SUM, 12)
  let h4: u64 = load<u32>(SUM, 16)
  for (let pass = 0; pass < 2; pass++) {
    h1 += h0 >> 26
    h0 &= LIMB
    h2 += h1 >> 26
    h1 &= LIMB
    h3 += h2 >> 26
    h2 &= LIMB
    h4 += h3 >> 26
    h3 &= LIMB
    h0 += (h4 >> 26) * 5
    h4 &= LIMB
  }
  // After two passes h0 may hold a carry only if the other limbs are far from full: one more step settles it.
  h1 += h0 >> 26
  h0 &= LIMB
  // g = h − p = h + 5 − 2^130; its top limb tells by its sign which of both is the residue.
  const g0 = h0 + 5
  const g1 = h1 + (g0 >> 26)
  const g2 = h2 + (g1 >> 26)
  const g3 = h3 + (g2 >> 26)
  const g4 = h4 + (g3 >> 26)
  const pick: u64 = 0 - (g4 >> 26)
  h0 = (h0 & ~pick) | (g0 & LIMB & pick)
  h1 = (h1 & ~pick) | (g1 & LIMB & pick)
  h2 = (h2 & ~pick) | (g2 & LIMB & pick)
  h3 = (h3 & ~pick) | (g3 & LIMB & pick)
  h4 = (h4 & ~pick) | (g4 & LIMB & pick)
  const low = h0 | (h1 << 26) | (h2 << 52)
  const high = (h2 >> 12) | (h3 << 14) | (h4 << 40)
  const sum = low + load<u64>(PAD)
  store<u64>(tag, sum)
  store<u64>(tag, high + load<u64>(PAD, 8) + u64(sum < low), 8)
}
