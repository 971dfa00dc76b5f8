import { POLY } from '../common/memory'

/** Accumulator: five limbs of 26 bits, a u32 each. */
export const SUM: usize = POLY
/** r and its powers 2 to 4, five limbs each, 32 bytes apart. */
export const POWERS: usize = POLY + 0x20
/** s, added at the end; 16 bytes. */
export const PAD: usize = POLY + 0xa0
/** Block of the two lengths that closes an AEAD's input; 16 bytes. */
export const LENGTHS: usize = POLY + 0xb0
/** Nine vectors (r0..r4, 5·r1..5·r4) of r⁴ in every lane. */
export const LANES: usize = POLY + 0xc0
/** The same with r⁴, r³, r², r in lanes 0 to 3: the last step of four lanes. */
export const LAST_LANES: usize = POLY + 0x150
/** Bytes from POLY that a short message fills. */
export const SHORT_BYTES: usize = 0xc0
