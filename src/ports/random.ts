/** Source of randomness: the runtime's generator in production, a seeded one in simulations. */
export interface Random {
  /** Fills the array with random bytes and returns it. */
  fill<T extends Uint8Array>(out: T): T
}
