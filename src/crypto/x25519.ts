import { x25519 } from '@noble/curves/ed25519.js'
import { isZero, wipe } from '../core/bytes.js'
import type { X25519 } from '../ports/crypto.js'

/** X25519 (RFC 7748) in TypeScript by noble. Refuses public keys whose result is all zero. */
export const nobleX25519: X25519 = {
  backend: 'noble',
  key(secret) {
    const held = secret.slice()
    return {
      publicKey: x25519.getPublicKey(held),
      shared: publicKey => exchange(held, publicKey),
      free: () => wipe(held),
    }
  },
}

function exchange(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 32) return undefined
  try {
    const shared = x25519.getSharedSecret(secret, publicKey)
    return isZero(shared) ? undefined : shared
  } catch {
    // noble itself refuses low-order points by throwing.
    return undefined
  }
}
