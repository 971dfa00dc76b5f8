import { Point } from '@noble/ed25519'
import { isZero, wipe } from '../core/bytes.js'
import type { X25519 } from '../ports/crypto.js'
import { littleEndian, toLittleEndian } from './little-endian.js'

/** Bytes of X25519: secrets, public keys, results. */
const KEY_BYTES = 32
/** The field's prime, 2^255 − 19. */
const P = 2n ** 255n - 19n
/** (486662 − 2) / 4 of the curve's equation. */
const A24 = 121665n

/**
 * X25519 (RFC 7748) in TypeScript: public keys on noble's Edwards points, whose base has tables, exchanges by the Montgomery
 * ladder. Refuses public keys whose result is all zero.
 */
export const nobleX25519: X25519 = {
  backend: 'noble',
  key(secret) {
    const held = clamped(secret)
    return {
      publicKey: publicKeyOf(held),
      shared: publicKey => exchange(held, publicKey),
      free: () => wipe(held),
    }
  },
}

/** A copy as a multiple of eight with its highest bit at 2^254 (RFC 7748 §5). */
function clamped(secret: Uint8Array): Uint8Array {
  const held = secret.slice()
  held[0] &= 248
  held[31] = (held[31] & 127) | 64
  return held
}

/** The Edwards point of the secret, by the map u = (Z + Y) / (Z − Y) between the curves (RFC 7748 §4.1). */
function publicKeyOf(held: Uint8Array): Uint8Array {
  // The order of the base point is odd, so a clamped secret is never a multiple of it.
  const { Y, Z } = Point.BASE.multiply(littleEndian(held, 0, KEY_BYTES) % Point.CURVE().n)
  return toLittleEndian(mod((Z + Y) * inverse(mod(Z - Y))))
}

function exchange(held: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== KEY_BYTES) return undefined
  // The highest bit is not part of u (RFC 7748 §5).
  const u = mod(littleEndian(publicKey, 0, KEY_BYTES) & (2n ** 255n - 1n))
  const shared = toLittleEndian(ladder(held, u))
  return isZero(shared) ? undefined : shared
}

/** The Montgomery ladder of RFC 7748 §5, with its names. */
function ladder(k: Uint8Array, u: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n]
  let swap = 0
  for (let t = 254; t >= 0; t--) {
    const bit = (k[t >> 3] >> (t & 7)) & 1
    ;[x2, x3] = swapIf(swap ^ bit, x2, x3)
    ;[z2, z3] = swapIf(swap ^ bit, z2, z3)
    swap = bit
    const [a, b] = [x2 + z2, x2 - z2]
    const [aa, bb] = [mod(a * a), mod(b * b)]
    const e = aa - bb
    const [da, cb] = [mod((x3 - z3) * a), mod((x3 + z3) * b)]
    const [sum, difference] = [da + cb, da - cb]
    x3 = mod(sum * sum)
    z3 = mod(u * mod(difference * difference))
    x2 = mod(aa * bb)
    z2 = mod(e * (aa + A24 * e))
  }
  ;[x2] = swapIf(swap, x2, x3)
  ;[z2] = swapIf(swap, z2, z3)
  return mod(x2 * inverse(z2))
}

/** Swaps by arithmetic where `bit` is 1: no branch depends on the secret. */
function swapIf(bit: number, a: bigint, b: bigint): [bigint, bigint] {
  const difference = BigInt(bit) * (a - b)
  return [a - difference, b + difference]
}

/** 1 / value, and 0 for 0, by Fermat: value^(P − 2). */
function inverse(value: bigint): bigint {
  let result = 1n
  let power = value
  for (let exponent = P - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = mod(result * power)
    power = mod(power * power)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}
