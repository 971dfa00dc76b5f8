import { slh_dsa_sha2_128s } from '@noble/post-quantum/slh-dsa.js'
import type { SlhDsa } from '../ports/crypto.js'

/** Bytes of SLH-DSA-SHA2-128s (FIPS 205, table 2). */
export const SLHDSA128S = { publicKey: 32, secretKey: 64, seed: 48, random: 16, signature: 7856 } as const

/** SLH-DSA-SHA2-128s in TypeScript by noble. Stateless, hash-based, slow to sign: for roots kept offline. */
export const nobleSlhDsa128s: SlhDsa = {
  backend: 'noble',
  secretKey: seed => slh_dsa_sha2_128s.keygen(seed).secretKey,
  sign: (secretKey, message, context, random) =>
    slh_dsa_sha2_128s.sign(message, secretKey, { context, extraEntropy: random }),
  verify(signature, message, publicKey, context) {
    if (signature.length !== SLHDSA128S.signature || publicKey.length !== SLHDSA128S.publicKey) return false
    if (context.length > 255) return false
    try {
      return slh_dsa_sha2_128s.verify(signature, message, publicKey, { context })
    } catch {
      return false
    }
  },
}
