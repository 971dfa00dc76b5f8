import { ONION } from '../common/memory'

/** Ratchets of a call, 64 of them: chain key 32, number of the next cell 8, nothing 8. The façade writes and reads them. */
export const STATES: usize = ONION
/** Bytes of one ratchet. */
export const STATE_BYTES: usize = 48
/** For each of the 64 cells of a relay's batch the number of its ratchet; bytes. The façade writes them. */
export const OWNERS: usize = ONION + 0xc00
/** For each of the 64 cells 1 where its first 16 bytes came out zero, otherwise 0; bytes. The façade reads them. */
export const VERDICTS: usize = ONION + 0xc40
/** Sub-keys k1 to k4 of four cells as the ratchet gives them, 128 bytes a cell. */
export const SUBKEYS: usize = ONION + 0xe00
/** The same in lanes: 32 vectors. */
export const KEYS: usize = ONION + 0x1000
/** What HChaCha20 makes of one of them: 8 vectors. */
export const STREAM_KEY: usize = ONION + 0x1200
/** Four cells in lanes: vector i holds word i of each. Behind them room for the rest of the last block. */
export const LANES: usize = ONION + 0x1400
/** Bytes of LANES for cells of 1024. */
export const LANES_BYTES: usize = 0x1000
/** The words of L in lanes, which come first. */
export const HEAD_BYTES: usize = 96
