import { type DSA, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { wipe } from '../core/bytes.js'
import type { MlDsa } from '../ports/crypto.js'

/** Bytes of the two parameter sets of ML-DSA in use (FIPS 204, table 2). */
export const MLDSA = {
  65: { publicKey: 1952, signature: 3309 },
  87: { publicKey: 2592, signature: 4627 },
} as const

/** ML-DSA-65 in TypeScript by noble. */
export const nobleMlDsa65: MlDsa = wrap(ml_dsa65, MLDSA[65])

/** ML-DSA-87 in TypeScript by noble. */
export const nobleMlDsa87: MlDsa = wrap(ml_dsa87, MLDSA[87])

function wrap(scheme: DSA, sizes: { readonly publicKey: number; readonly signature: number }): MlDsa {
  return {
    backend: 'noble',
    publicKey(seed) {
      const { publicKey, secretKey } = scheme.keygen(seed)
      wipe(secretKey)
      return publicKey
    },
    sign(seed, message, context, random) {
      const { secretKey } = scheme.keygen(seed)
      const signature = scheme.sign(message, secretKey, { context, extraEntropy: random })
      wipe(secretKey)
      return signature
    },
    verify(signature, message, publicKey, context) {
      if (signature.length !== sizes.signature || publicKey.length !== sizes.publicKey) return false
      if (context.length > 255) return false
      try {
        return scheme.verify(signature, message, publicKey, { context })
      } catch {
        return false
      }
    },
  }
}
