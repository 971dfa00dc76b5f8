import { compareBytes } from '../core/bytes.js'
import { toHex } from '../core/text.js'
import { type MlKem768 } from '../ports/crypto.js'

/** Rounds of {@link mlKemDigest}: enough that V8 replaces most of what its quick compiler made. */
export const MLKEM_ROUNDS = 16

/** What {@link mlKemDigest} must give after {@link MLKEM_ROUNDS}; a test computes it with the independent TypeScript one. */
export const MLKEM_DIGEST =
  '1e8e06d3c1e19a78b12c423a15b058e2c4cab04d6bfde2364b12ea58683c9e69' +
  '7a8f641a27ba673b5b1050d995406a414c1d6ae19a525e64b24ff03f46b58ddf'

/**
 * A chain of keys, encapsulations, decapsulations and implicit rejections. Each takes its seed and coins from what the last
 * one gave; a rejection hashes the whole ciphertext, which depends on the whole key: one wrong bit anywhere changes the end.
 *
 * @returns hexadecimal digest, or which secrets differed
 */
export function mlKemDigest(mlkem: MlKem768, rounds: number): string {
  const seed = new Uint8Array(64).fill(7)
  const coins = new Uint8Array(32).fill(9)
  for (let round = 0; round < rounds; round++) {
    const key = mlkem.keyPair(seed)
    const { ciphertext, secret } = mlkem.encapsulate(key.publicKey, coins)
    if (compareBytes(key.decapsulate(ciphertext), secret) !== 0) return `secrets differ in round ${round}`
    ciphertext[round] = ciphertext[round] ^ 1
    const rejected = key.decapsulate(ciphertext)
    key.free()
    seed.set(secret)
    seed.set(rejected, 32)
    coins.set(rejected)
  }
  return toHex(seed)
}

/** Whether an implementation is right; also warms it up. Never throws. */
export function passesMlKemSelfTest(mlkem: MlKem768): boolean {
  try {
    return mlKemDigest(mlkem, MLKEM_ROUNDS) === MLKEM_DIGEST
  } catch {
    return false
  }
}

/** An ML-KEM that is tried once, when first asked for. */
export class TestedMlKem {
  private right: boolean | undefined

  constructor(private readonly candidate: MlKem768) {}

  /** The candidate, or undefined if it failed. */
  get(): MlKem768 | undefined {
    this.right ??= passesMlKemSelfTest(this.candidate)
    return this.right ? this.candidate : undefined
  }
}
