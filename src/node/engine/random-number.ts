import type { Random } from '../../ports/random.js'

/** A random number of 48 bits, for incarnations and epochs. */
export function randomNumber(random: Random): number {
  return random.fill(new Uint8Array(6)).reduce((number, byte) => number * 256 + byte, 0)
}
