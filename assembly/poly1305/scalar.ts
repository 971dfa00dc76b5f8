import { KEY, PAD, SUM } from './layout'

const WORD: u64 = 0xffffffff

/** Starts a tag with the one-time key (r, s) of 32 bytes at `key`. RFC 8439 §2.5.1: r is clamped. */
export function start(key: usize): void {
  const clamp = i32x4(0x0fffffff, 0x0ffffffc, 0x0ffffffc, 0x0ffffffc)
  v128.store(KEY, v128.and(v128.load(key), clamp))
  v128.store(PAD, v128.load(key, 16))
  v128.store(SUM, i32x4.splat(0))
  store<u32>(SUM, 0, 16)
}

/**
 * Absorbs the 16-byte blocks in [at, end), by words of 32 bits: clamping leaves r so few bits (28 a word, the low two of
 * all but the first zero) that sums of four products stay below 2^64 although a block is added without a carry, and
 * that r·2^128 wraps to 5·(r / 4) exactly. Four fifths of the products of limbs of 26 bits.
 */
export function absorb(at: usize, end: usize): void {
  const r0: u64 = load<u32>(KEY)
  const r1: u64 = load<u32>(KEY, 4)
  const r2: u64 = load<u32>(KEY, 8)
  const r3: u64 = load<u32>(KEY, 12)
  const s1 = r1 + (r1 >> 2)
  const s2 = r2 + (r2 >> 2)
  const s3 = r3 + (r3 >> 2)
  let h0: u64 = load<u32>(SUM)
  let h1: u64 = load<u32>(SUM, 4)
  let h2: u64 = load<u32>(SUM, 8)
  let h3: u64 = load<u32>(SUM, 12)
  let h4: u64 = load<u32>(SUM, 16)
  for (; at < end; at += 16) {
    h0 += load<u32>(at)
    h1 += load<u32>(at, 4)
    h2 += load<u32>(at, 8)
    h3 += load<u32>(at, 12)
    h4 += 1
    // Here every word is below 2^33 + 4 and h4 at most 4.
    const d0 = h0 * r0 + h2 * s2 + (h3 * s1 + h1 * s3)
    const d1 = h0 * r1 + h2 * s3 + (h3 * s2 + h4 * s1) + h1 * r0
    const d2 = h0 * r2 + h2 * r0 + (h3 * s3 + h4 * s2) + h1 * r1
    const d3 = h0 * r3 + h2 * r1 + (h3 * r0 + h4 * s3) + h1 * r2
    const d4 = h4 * r0
    // Two carries run side by side; words 1 and 3 may keep a few bits more.
    const e1 = d1 + (d0 >> 32)
    const e3 = d3 + (d2 >> 32)
    const e2 = (d2 & WORD) + (e1 >> 32)
    const e4 = d4 + (e3 >> 32)
    const e0 = (d0 & WORD) + (e4 >> 2) + (e4 & ~3)
    h2 = e2 & WORD
    h3 = (e3 & WORD) + (e2 >> 32)
    h0 = e0 & WORD
    h1 = (e1 & WORD) + (e0 >> 32)
    h4 = e4 & 3
  }
  h2 += h1 >> 32
  h3 += h2 >> 32
  h4 += h3 >> 32
  store<u32>(SUM, <u32>h0)
  store<u32>(SUM, <u32>h1, 4)
  store<u32>(SUM, <u32>h2, 8)
  store<u32>(SUM, <u32>h3, 12)
  store<u32>(SUM, <u32>h4, 16)
}

/** Reduces modulo 2^130 − 5, adds s and writes the 16-byte tag at `tag`. No branch depends on the value. */
export function finish(tag: usize): void {
  const top: u64 = load<u32>(SUM, 16)
  // What stands above bit 130 comes back times five; the sum is below 2^130 + 2^34 then.
  const h0 = <u64>load<u32>(SUM) + (top >> 2) * 5
  const h1 = <u64>load<u32>(SUM, 4) + (h0 >> 32)
  const h2 = <u64>load<u32>(SUM, 8) + (h1 >> 32)
  const h3 = <u64>load<u32>(SUM, 12) + (h2 >> 32)
  const h4 = (top & 3) + (h3 >> 32)
  // h ≥ p exactly when h + 5 reaches 2^130; the residue is then h + 5 without that bit.
  const g0 = (h0 & WORD) + 5
  const g1 = (h1 & WORD) + (g0 >> 32)
  const g2 = (h2 & WORD) + (g1 >> 32)
  const g3 = (h3 & WORD) + (g2 >> 32)
  const g4 = h4 + (g3 >> 32)
  const pick: u64 = 0 - (g4 >> 2)
  const plainLow = (h0 & WORD) | (h1 << 32)
  const plainHigh = (h2 & WORD) | (h3 << 32)
  const low = plainLow ^ ((plainLow ^ ((g0 & WORD) | (g1 << 32))) & pick)
  const high = plainHigh ^ ((plainHigh ^ ((g2 & WORD) | (g3 << 32))) & pick)
  const sum = low + load<u64>(PAD)
  store<u64>(tag, sum)
  store<u64>(tag, high + load<u64>(PAD, 8) + u64(sum < low), 8)
}
