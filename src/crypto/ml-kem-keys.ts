/** Bytes of ML-KEM-768 (FIPS 203, table 3). */
export const MLKEM768 = { publicKey: 1184, ciphertext: 1088, seed: 64, coins: 32, secret: 32 } as const

const Q = 3329
const VECTOR_BYTES = 1152

/**
 * The modulus check of FIPS 203 §7.2 on the encapsulation key at `[from, from + 1184)`: every 12-bit coefficient of the
 * encoded vector is below q. Done in front of every backend, so that all agree on what is a key.
 */
export function hasReducedCoefficients(key: Uint8Array, from = 0): boolean {
  let over = 0
  for (let at = from; at < from + VECTOR_BYTES; at += 3) {
    const middle = key[at + 1]
    const low = key[at] | ((middle & 15) << 8)
    const high = (middle >>> 4) | (key[at + 2] << 4)
    over |= (Q - 1 - low) | (Q - 1 - high)
  }
  return over >= 0
}
