/** Bytes of X-Wing keys, ciphertexts, seeds, secrets and coins (draft-connolly-cfrg-xwing-kem). */
export const XWING = { publicKey: 1216, ciphertext: 1120, seed: 32, secret: 32, coins: 64 } as const
