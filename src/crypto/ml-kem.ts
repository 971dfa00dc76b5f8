import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { wipe } from '../core/bytes.js'
import type { MlKem768 } from '../ports/crypto.js'

export { hasReducedCoefficients, MLKEM768 } from './ml-kem-keys.js'

/** ML-KEM-768 in TypeScript by noble. Keys are prepared, so that the matrix is expanded once. */
export const nobleMlKem768: MlKem768 = {
  backend: 'noble',
  takesCoins: true,
  keyPair(seed) {
    const { publicKey, secretKey } = ml_kem768.keygen(seed)
    const prepared = ml_kem768.prepare(publicKey)
    return {
      publicKey,
      decapsulate: ciphertext => prepared.decapsulate(ciphertext, secretKey),
      free: () => wipe(secretKey),
    }
  },
  encapsulate(publicKey, coins) {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, coins)
    return { ciphertext: cipherText, secret: sharedSecret }
  },
}
