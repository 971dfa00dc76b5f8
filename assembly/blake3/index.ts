import { BLAKE_BYTES, BLAKE_KEY, BLAKE_SHORT_BYTES, BLAKE_STACK, BUFFER } from '../common/memory'
import { wipe } from '../common/wipe'
import { joinNode, nodeValue, oneChunk, rootOutput } from './node'
import { PIECE_CHUNKS, pieceNode } from './tree'

// BLAKE3 with extendable output. The façade writes the key words (or calls blake3Plain) and the input into BUFFER, and
// reads the output from there.

/** Sets the key words of the unkeyed mode. */
export function blake3Plain(): void {
  v128.store(BLAKE_KEY, i32x4(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a))
  v128.store(BLAKE_KEY, i32x4(0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19), 16)
}

/** Hashes an input of up to one chunk in the unkeyed mode; 32 bytes of output at the start of BUFFER. */
export function blake3Hash(length: u32): void {
  blake3Plain()
  oneChunk(BUFFER, length, 0, BUFFER)
}

/** The same in the mode of `flags`, whose key words the façade has written. */
export function blake3Chunk(length: u32, flags: u32): void {
  oneChunk(BUFFER, length, flags, BUFFER)
}

/** Takes in piece number `index` of 65,536 bytes, which must not be the last of its input. */
export function blake3Piece(index: u32, flags: u32): void {
  pieceNode(PIECE_CHUNKS << 10, <u64>index * PIECE_CHUNKS, flags)
  // One value stays on the stack for each set bit of the number of pieces: join as many as this one completes.
  let depth = popcnt<u32>(index)
  for (let bits = index; bits & 1; bits >>= 1) {
    depth--
    joinNode(BLAKE_STACK + ((<usize>depth) << 5), flags)
  }
  nodeValue(BLAKE_STACK + ((<usize>depth) << 5))
}

/** Takes in the last piece of 0 to 65,536 bytes after `pieces` others and writes the first `blocks` blocks of output. */
export function blake3Last(length: u32, pieces: u32, flags: u32, blocks: u32): void {
  pieceNode(length, <u64>pieces * PIECE_CHUNKS, flags)
  for (let depth = popcnt<u32>(pieces); depth > 0; depth--) joinNode(BLAKE_STACK + ((<usize>(depth - 1)) << 5), flags)
  rootOutput(BUFFER, 0, blocks)
}

/** Writes further output, from block number `first`, to BUFFER. */
export function blake3More(first: u32, blocks: u32): void {
  rootOutput(BUFFER, first, blocks)
}

/** Wipes key, values and the first `length` bytes of BUFFER after a keyed call that read or wrote no more than those. */
export function blake3Wipe(length: u32): void {
  wipe(BLAKE_KEY, length <= 1024 ? BLAKE_SHORT_BYTES : BLAKE_BYTES)
  wipe(BUFFER, (<usize>length + 15) & ~15)
}
