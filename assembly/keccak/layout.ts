import { KEM } from '../common/memory'

/** One Keccak state: 25 lanes, and scratch as large 256 bytes behind. */
export const ONE: usize = KEM
/** Two Keccak states abreast: 25 vectors, and scratch as large 512 bytes behind. */
export const TWO: usize = KEM + 0x200
/** Output of both streams of {@link TWO}: up to 168 bytes, and room for a vector past the end. */
export const STREAM_A: usize = KEM + 0x600
export const STREAM_B: usize = KEM + 0x700
