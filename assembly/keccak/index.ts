import { BUFFER } from '../common/memory'
import { wipe } from '../common/wipe'
import { ONE } from './layout'
import { sponge } from './sponge'

/**
 * SHA3 and SHAKE (FIPS 202) of the first `length` bytes of BUFFER; the first `out` bytes of the result replace them. What is
 * left of the input and the state are wiped. Tests hold the sponge to other implementations by it; ML-KEM calls it inside.
 */
export function keccakHash(length: u32, rate: u32, suffix: u8, out: u32): void {
  sponge(BUFFER, length, rate, suffix, BUFFER, out)
  wipe(ONE, 0x200)
  if (length > out) memory.fill(BUFFER + out, 0, length - out)
}
