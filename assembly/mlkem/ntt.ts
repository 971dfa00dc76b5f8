import { reduce, times } from './field'
import { FORWARD, GROUP, INVERSE, TOP } from './zetas.generated'

// NTT and its inverse (FIPS 203 algorithms 9 and 10), in place and in the order of the specification. The three layers
// with the longest distances run together on eight vectors 64 bytes apart; the four others on 64 bytes in a row, the last
// two of which pair coefficients of one vector, so two vectors are regrouped for them.

/** The factor 128⁻¹ = 3303 ≡ −26 of algorithm 10, and round(2^15 · −26 / q). */
const SCALE: i16 = -26
const SCALE_Q: i16 = -256

function at16(table: usize, index: usize): v128 {
  return v128.load_splat<i16>(table + 4 * index)
}

function at16q(table: usize, index: usize): v128 {
  return v128.load_splat<i16>(table + 4 * index, 2)
}

/** Forward. Coefficients within ±q become coefficients within ±5.6 q (±4.2 q where they are noise). */
export function ntt(poly: usize): void {
  for (let at = poly; at < poly + 64; at += 16) forwardTop(at)
  for (let group: usize = 0; group < 8; group++) forwardGroup(poly + 64 * group, FORWARD + GROUP * group)
}

/** Distances 128, 64 and 32. */
function forwardTop(at: usize): void {
  const z1 = at16(FORWARD + TOP, 0),
    q1 = at16q(FORWARD + TOP, 0)
  let a0 = v128.load(at),
    a1 = v128.load(at, 64),
    a2 = v128.load(at, 128),
    a3 = v128.load(at, 192)
  let t = times(v128.load(at, 256), z1, q1)
  let a4 = i16x8.sub(a0, t)
  a0 = i16x8.add(a0, t)
  t = times(v128.load(at, 320), z1, q1)
  let a5 = i16x8.sub(a1, t)
  a1 = i16x8.add(a1, t)
  t = times(v128.load(at, 384), z1, q1)
  let a6 = i16x8.sub(a2, t)
  a2 = i16x8.add(a2, t)
  t = times(v128.load(at, 448), z1, q1)
  let a7 = i16x8.sub(a3, t)
  a3 = i16x8.add(a3, t)
  forwardQuad(at, 1, 3, a0, a1, a2, a3)
  forwardQuad(at + 256, 2, 5, a4, a5, a6, a7)
}

/** Distances 64 and 32 of half a polynomial: one zeta for both pairs, then one for each. */
function forwardQuad(at: usize, far: usize, near: usize, a0: v128, a1: v128, a2: v128, a3: v128): void {
  const z = at16(FORWARD + TOP, far),
    zq = at16q(FORWARD + TOP, far)
  let t = times(a2, z, zq)
  const b2 = i16x8.sub(a0, t)
  const b0 = i16x8.add(a0, t)
  t = times(a3, z, zq)
  const b3 = i16x8.sub(a1, t)
  const b1 = i16x8.add(a1, t)
  t = times(b1, at16(FORWARD + TOP, near), at16q(FORWARD + TOP, near))
  v128.store(at, i16x8.add(b0, t))
  v128.store(at, i16x8.sub(b0, t), 64)
  t = times(b3, at16(FORWARD + TOP, near + 1), at16q(FORWARD + TOP, near + 1))
  v128.store(at, i16x8.add(b2, t), 128)
  v128.store(at, i16x8.sub(b2, t), 192)
}

/** Distances 16, 8, 4 and 2 of 32 coefficients in a row. */
function forwardGroup(at: usize, zetas: usize): void {
  let a0 = v128.load(at),
    a1 = v128.load(at, 16)
  let z = at16(zetas, 0),
    zq = at16q(zetas, 0)
  let t = times(v128.load(at, 32), z, zq)
  let a2 = i16x8.sub(a0, t)
  a0 = i16x8.add(a0, t)
  t = times(v128.load(at, 48), z, zq)
  let a3 = i16x8.sub(a1, t)
  a1 = i16x8.add(a1, t)
  t = times(a1, at16(zetas, 1), at16q(zetas, 1))
  a1 = i16x8.sub(a0, t)
  a0 = i16x8.add(a0, t)
  t = times(a3, at16(zetas, 2), at16q(zetas, 2))
  a3 = i16x8.sub(a2, t)
  a2 = i16x8.add(a2, t)
  forwardPair(at, zetas + 16, a0, a1)
  forwardPair(at + 32, zetas + 80, a2, a3)
}

/** Distances 4 and 2 of two vectors. */
function forwardPair(at: usize, zetas: usize, a: v128, b: v128): void {
  let low = v128.shuffle<u64>(a, b, 0, 2)
  let high = v128.shuffle<u64>(a, b, 1, 3)
  let t = times(high, v128.load(zetas), v128.load(zetas, 16))
  high = i16x8.sub(low, t)
  low = i16x8.add(low, t)
  const first = v128.shuffle<u32>(low, high, 0, 4, 2, 6)
  const second = v128.shuffle<u32>(low, high, 1, 5, 3, 7)
  t = times(second, v128.load(zetas, 32), v128.load(zetas, 48))
  const sum = i16x8.add(first, t)
  const difference = i16x8.sub(first, t)
  v128.store(at, v128.shuffle<u32>(sum, difference, 0, 4, 1, 5))
  v128.store(at, v128.shuffle<u32>(sum, difference, 2, 6, 3, 7), 16)
}

/** Inverse, with the factor 128⁻¹. Coefficients within ±1.2 q become coefficients within ±q. */
export function inverseNtt(poly: usize): void {
  for (let group: usize = 0; group < 8; group++) inverseGroup(poly + 64 * group, INVERSE + GROUP * group)
  for (let at = poly; at < poly + 64; at += 16) inverseTop(at)
}

/** Distances 2, 4, 8 and 16. Sums at most double each time; they are reduced before they could overflow. */
function inverseGroup(at: usize, zetas: usize): void {
  inversePair(at, zetas + 16)
  inversePair(at + 32, zetas + 80)
  const a0 = v128.load(at),
    a1 = v128.load(at, 16),
    a2 = v128.load(at, 32),
    a3 = v128.load(at, 48)
  const b0 = reduce(i16x8.add(a0, a1))
  const b1 = times(i16x8.sub(a1, a0), at16(zetas, 1), at16q(zetas, 1))
  const b2 = reduce(i16x8.add(a2, a3))
  const b3 = times(i16x8.sub(a3, a2), at16(zetas, 2), at16q(zetas, 2))
  const z = at16(zetas, 0),
    zq = at16q(zetas, 0)
  v128.store(at, reduce(i16x8.add(b0, b2)))
  v128.store(at, reduce(i16x8.add(b1, b3)), 16)
  v128.store(at, times(i16x8.sub(b2, b0), z, zq), 32)
  v128.store(at, times(i16x8.sub(b3, b1), z, zq), 48)
}

/** Distances 2 and 4 of two vectors. */
function inversePair(at: usize, zetas: usize): void {
  const a = v128.load(at),
    b = v128.load(at, 16)
  let first = v128.shuffle<u32>(a, b, 0, 2, 4, 6)
  let second = v128.shuffle<u32>(a, b, 1, 3, 5, 7)
  let t = i16x8.sub(second, first)
  first = i16x8.add(first, second)
  second = times(t, v128.load(zetas, 32), v128.load(zetas, 48))
  let low = v128.shuffle<u32>(first, second, 0, 4, 2, 6)
  let high = v128.shuffle<u32>(first, second, 1, 5, 3, 7)
  t = i16x8.sub(high, low)
  low = i16x8.add(low, high)
  high = times(t, v128.load(zetas), v128.load(zetas, 16))
  v128.store(at, v128.shuffle<u64>(low, high, 0, 2))
  v128.store(at, v128.shuffle<u64>(low, high, 1, 3), 16)
}

/** Distances 32, 64 and 128, then the factor. */
function inverseTop(at: usize): void {
  inverseQuad(at, 1, 3)
  inverseQuad(at + 256, 2, 5)
  const z = at16(INVERSE + TOP, 0),
    zq = at16q(INVERSE + TOP, 0)
  for (let near = at; near < at + 256; near += 64) {
    const a = v128.load(near),
      b = v128.load(near, 256)
    v128.store(near, times(i16x8.add(a, b), i16x8.splat(SCALE), i16x8.splat(SCALE_Q)))
    v128.store(near, times(i16x8.sub(b, a), z, zq), 256)
  }
}

function inverseQuad(at: usize, far: usize, near: usize): void {
  const a0 = v128.load(at),
    a1 = v128.load(at, 64),
    a2 = v128.load(at, 128),
    a3 = v128.load(at, 192)
  const b0 = i16x8.add(a0, a1)
  const b1 = times(i16x8.sub(a1, a0), at16(INVERSE + TOP, near), at16q(INVERSE + TOP, near))
  const b2 = i16x8.add(a2, a3)
  const b3 = times(i16x8.sub(a3, a2), at16(INVERSE + TOP, near + 1), at16q(INVERSE + TOP, near + 1))
  const z = at16(INVERSE + TOP, far),
    zq = at16q(INVERSE + TOP, far)
  v128.store(at, i16x8.add(b0, b2))
  v128.store(at, i16x8.add(b1, b3), 64)
  v128.store(at, times(i16x8.sub(b2, b0), z, zq), 128)
  v128.store(at, times(i16x8.sub(b3, b1), z, zq), 192)
}
