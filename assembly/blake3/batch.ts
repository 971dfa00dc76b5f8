import { BATCH_OUT, BLAKE_BYTES, BLAKE_ITEMS, BLAKE_ITEMS_BYTES, BLAKE_KEY, BUFFER } from '../common/memory'
import { wipe } from '../common/wipe'
import { CHUNK_END, CHUNK_START, ROOT } from './flags'
import { hash4 } from './hash4.generated'
import { clearBlock, oneChunk } from './node'

// Many inputs of one length of at most a chunk, packed in BUFFER: four of them across the lanes.

/** Distance of the items in BLAKE_ITEMS. */
const SLOT: usize = 1024

/** Hashes `count` items of `length` bytes (1 to 1024) in BUFFER to as many digests of 32 bytes at BATCH_OUT. */
export function blake3Many(count: u32, length: u32, flags: u32): void {
  let at = BUFFER
  let out = BATCH_OUT
  // Two or three items still go four abreast; the lanes too many hash what lies behind, and nobody reads it.
  for (; count > 1; count = count > 4 ? count - 4 : 0, at += 4 * length, out += 128) fourItems(at, length, flags, out)
  if (count == 1) oneChunk(at, length, flags, out)
}

function fourItems(at: usize, length: u32, flags: u32, out: usize): void {
  const blocks = (length + 63) >> 6
  const last = CHUNK_END | ROOT
  if ((length & 63) == 0) {
    hash4(at, length, blocks, 0, 0, flags, CHUNK_START, last, out)
    return
  }
  for (let slot = BLAKE_ITEMS; slot < BLAKE_ITEMS + 4 * SLOT; slot += SLOT, at += length) spread(at, length, slot)
  hash4(BLAKE_ITEMS, SLOT, blocks, 0, 0, flags, CHUNK_START, last, out, length & 63)
}

/** Copies an item to `slot` and fills its last block with zeros. */
function spread(at: usize, length: u32, slot: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(slot + i, v128.load(at + i))
  clearBlock(slot + length)
}

/** Wipes what a keyed batch of `bytes` of input and `count` digests has left. */
export function blake3WipeMany(bytes: u32, count: u32): void {
  wipe(BLAKE_KEY, BLAKE_BYTES)
  wipe(BLAKE_ITEMS, BLAKE_ITEMS_BYTES)
  wipe(BUFFER, (<usize>bytes + 15) & ~15)
  // Up to three lanes too many have written as well.
  wipe(BATCH_OUT, ((<usize>count) << 5) + 96)
}
