import { mod, invertCt } from '@noble/curves/abstract/modular.js'
import { montgomery, type MontgomeryECDH } from '@noble/curves/abstract/montgomery.js'
import { Point } from '@noble/ed25519'
import { wipe } from '../core/bytes.js'
import type { X25519 } from '../ports/crypto.js'

/** Bytes of X25519: secrets, public keys, results. */
const KEY_BYTES = 32
/** The field's prime, 2^255 − 19. */
const P = 2n ** 255n - 19n

/** Made with the first key: nothing happens when this module is loaded. */
let curve: MontgomeryECDH | undefined

/**
 * X25519 (RFC 7748) by noble's Montgomery ladder, public keys by noble's Edwards points, whose base has tables. Taken from the
 * abstract parts: the curve that noble puts together itself brings all of Curve25519 along, three times the download.
 * Refuses public keys whose result is all zero.
 */
export const nobleX25519: X25519 = {
  backend: 'noble',
  key(secret) {
    const held = secret.slice()
    const { scalarMult, scalarMultBase } = (curve ??= makeCurve())
    return {
      publicKey: scalarMultBase(held),
      shared: publicKey => (publicKey.length === KEY_BYTES ? orNothing(() => scalarMult(held, publicKey)) : undefined),
      free: () => wipe(held),
    }
  },
}

function makeCurve(): MontgomeryECDH {
  return montgomery({
    P,
    type: 'x25519',
    adjustScalarBytes: clamp,
    powPminus2: value => (value === 0n ? 0n : invertCt(value, P)),
    scalarMultBase: onEdwards,
  })
}

/** A multiple of eight with its highest bit at 2^254 (RFC 7748 §5); of a copy that noble made. */
function clamp(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const scalar = Uint8Array.from(secret)
  scalar[0] &= 248
  scalar[31] = (scalar[31] & 127) | 64
  return scalar
}

/** u of a multiple of the base, by the map u = (1 + y) / (1 − y) between the curves (RFC 7748 §4.1). */
function onEdwards(scalar: bigint): bigint {
  // The order of the base point is odd, so a clamped scalar is never a multiple of it, and y is never 1.
  const { y } = Point.BASE.multiply(mod(scalar, Point.CURVE().n)).toAffine()
  return mod((1n + y) * invertCt(mod(1n - y, P), P), P)
}

/** noble throws at an all-zero result. */
function orNothing(work: () => Uint8Array): Uint8Array | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
