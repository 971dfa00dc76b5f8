import { p384 } from '@noble/curves/nist.js'
import type { P384 } from '../ports/crypto.js'

/** Bytes of P-384: secret scalar, uncompressed point, largest signature in DER. */
export const P384_BYTES = { secret: 48, publicKey: 97, maxSignature: 104 } as const

/** Whether the bytes have the one form of a public key we take: uncompressed. */
export function isUncompressedPoint(key: Uint8Array): boolean {
  return key.length === P384_BYTES.publicKey && key[0] === 4
}

/** NIST P-384 in TypeScript by noble: ECDSA with SHA-384 (deterministic, RFC 6979) and the exchange. */
export const nobleP384: P384 = {
  backend: 'noble',
  publicKey: secret => p384.getPublicKey(secret, false),
  shared(secret, publicKey) {
    if (!isUncompressedPoint(publicKey)) return undefined
    try {
      return p384.getSharedSecret(secret, publicKey).slice(1)
    } catch {
      // Not a point of the curve.
      return undefined
    }
  },
  sign: (secret, message) => p384.sign(message, secret, { format: 'der', lowS: false }),
  verify(signature, message, publicKey) {
    if (!isUncompressedPoint(publicKey) || signature.length > P384_BYTES.maxSignature) return false
    try {
      return p384.verify(signature, message, publicKey, { format: 'der', lowS: false })
    } catch {
      return false
    }
  },
}
