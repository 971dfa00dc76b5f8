import { POLY } from '../common/memory'

/** Accumulator: four words of 32 bits and the few bits above them in a fifth. */
export const SUM: usize = POLY
/** The clamped r; 16 bytes. */
export const KEY: usize = POLY + 0x20
/** s, added at the end; 16 bytes. */
export const PAD: usize = POLY + 0x30
/** Block of the two lengths that closes an AEAD's input; 16 bytes. */
export const LENGTHS: usize = POLY + 0x40
/** Bytes from POLY that a short message fills. */
export const SHORT_BYTES: usize = 0x50
/** The accumulator as limbs, before and after lanes; 20 bytes. */
export const LIMBS: usize = POLY + 0x50
/** r and its powers 2 to 4: five limbs of 26 bits each, 32 bytes apart. */
export const POWERS: usize = POLY + 0x70
/** Nine vectors (r0..r4, 5·r1..5·r4) of r⁴ in every lane. */
export const LANES: usize = POLY + 0xf0
/** The same with r⁴, r³, r², r in lanes 0 to 3: the last step of four lanes. */
export const LAST_LANES: usize = POLY + 0x180
