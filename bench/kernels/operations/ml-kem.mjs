import { bytes as bytesOf, inTurn, mustHold } from '../inputs.mjs'

/** What each end of a handshake does, by an MlKem768 of hyphae; the key is kept ready as a node keeps its own. */
export const mlKemOperations = kem => ({
  keygen() {
    const seed = bytesOf(64)
    return () => kem.keyPair(seed)
  },
  encapsulate() {
    const { publicKey } = kem.keyPair(bytesOf(64))
    const coins = bytesOf(32, 9)
    return () => kem.encapsulate(publicKey, coins)
  },
  decapsulate() {
    const key = kem.keyPair(bytesOf(64))
    const made = Array.from({ length: 16 }, (_, i) => kem.encapsulate(key.publicKey, bytesOf(32, i + 1)))
    const isRight = ({ ciphertext, secret }) => key.decapsulate(ciphertext).every((byte, i) => byte === secret[i])
    mustHold(made.every(isRight), 'both ends have the same secret')
    return inTurn(made, ({ ciphertext }) => key.decapsulate(ciphertext))
  },
})
