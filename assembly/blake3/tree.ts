import { BLAKE_KEY, BLAKE_VALUES, BUFFER } from '../common/memory'
import { compress } from './compress.generated'
import { CHUNK_END, CHUNK_START, PARENT } from './flags'
import { hash4 } from './hash4.generated'
import { chunkNode, nodeValue, parentNode } from './node'

/** Chunks of a piece, the most that fit into BUFFER and BLAKE_VALUES. */
export const PIECE_CHUNKS: u32 = 64

/** Writes the values of `count` whole chunks of BUFFER to BLAKE_VALUES; the first has number `first`. */
function wholeChunks(count: u32, first: u64, flags: u32): void {
  let i: u32 = 0
  // Two or three chunks still go four abreast: a lane that hashes what lies behind costs less than two scalar runs.
  for (; i + 1 < count; i += 4) {
    const at = BUFFER + ((<usize>i) << 10)
    const out = BLAKE_VALUES + ((<usize>i) << 5)
    hash4(at, 1024, 16, first + i, 1, flags, CHUNK_START, CHUNK_END, out)
  }
  if (i < count) {
    chunkNode(BUFFER + ((<usize>i) << 10), 1024, first + i, flags)
    nodeValue(BLAKE_VALUES + ((<usize>i) << 5))
  }
}

/** Replaces `count` values by their parents, an odd one moving up as it is; answers how many are left. */
function halve(count: u32, flags: u32): u32 {
  const pairs = count >> 1
  let i: u32 = 0
  for (; i + 1 < pairs; i += 4) {
    const at = BLAKE_VALUES + ((<usize>i) << 6)
    hash4(at, 64, 1, 0, 0, flags | PARENT, 0, 0, BLAKE_VALUES + ((<usize>i) << 5))
  }
  if (i < pairs) {
    const at = BLAKE_VALUES + ((<usize>i) << 6)
    compress(BLAKE_KEY, at, 0, 0, 64, flags | PARENT, BLAKE_VALUES + ((<usize>i) << 5), false)
  }
  if (!(count & 1)) return pairs
  const odd = BLAKE_VALUES + ((<usize>pairs) << 6)
  const to = BLAKE_VALUES + ((<usize>pairs) << 5)
  v128.store(to, v128.load(odd))
  v128.store(to, v128.load(odd, 16), 16)
  return pairs + 1
}

/** Makes the node of a piece: `length` ≤ 65,536 bytes in BUFFER, whose first chunk has number `first`. */
export function pieceNode(length: u32, first: u64, flags: u32): void {
  if (length <= 1024) {
    chunkNode(BUFFER, length, first, flags)
    return
  }
  let count = length >> 10
  const rest = length & 1023
  wholeChunks(count, first, flags)
  if (rest != 0) {
    chunkNode(BUFFER + ((<usize>count) << 10), rest, first + count, flags)
    nodeValue(BLAKE_VALUES + ((<usize>count) << 5))
    count++
  }
  while (count > 2) count = halve(count, flags)
  parentNode(BLAKE_VALUES, flags)
}
