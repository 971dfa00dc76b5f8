import { BLAKE_KEY, BLAKE_NODE } from '../common/memory'
import { chain, compress } from './compress.generated'
import { CHUNK_END, CHUNK_START, PARENT, ROOT } from './flags'

// The node that may turn out to be the root is kept uncompressed, because the root flag changes its result and every
// block of extended output is another compression of it.
const BLOCK: usize = BLAKE_NODE + 32
const COUNTER: usize = BLAKE_NODE + 96
const LENGTH: usize = BLAKE_NODE + 104
const FLAGS: usize = BLAKE_NODE + 108

function copyBlock(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
  v128.store(to, v128.load(from, 32), 32)
  v128.store(to, v128.load(from, 48), 48)
}

/** Copies a chaining value of 32 bytes. */
export function copyValue(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}

/** Zeroes the 64 bytes at `at`, the padding of a block that is not full. */
export function clearBlock(at: usize): void {
  const zero = i32x4.splat(0)
  v128.store(at, zero)
  v128.store(at, zero, 16)
  v128.store(at, zero, 32)
  v128.store(at, zero, 48)
}

/** How many whole blocks come before the last one of a chunk of `length` bytes; an empty chunk has one block, too. */
function blocksBefore(length: u32): u32 {
  return length == 0 ? 0 : (length - 1) >> 6
}

/** Hashes an input of at most one chunk at `at`, behind which 64 bytes are overwritten, to 32 bytes at `out`. */
export function oneChunk(at: usize, length: u32, flags: u32, out: usize): void {
  clearBlock(at + length)
  const before = blocksBefore(length)
  const tail = length - (before << 6)
  chain(BLAKE_KEY, at, before + 1, 0, 0, tail, flags, CHUNK_START, CHUNK_END | ROOT, out, false)
}

/**
 * Makes the node from a chunk of 0 to 1024 bytes at `at`. Behind a chunk that does not end with a block 64 bytes are
 * overwritten; behind a whole one nothing is, because the next chunk lies there.
 */
export function chunkNode(at: usize, length: u32, counter: u64, flags: u32): void {
  if (length == 0 || (length & 63) != 0) clearBlock(at + length)
  const before = blocksBefore(length)
  const high = <u32>(counter >> 32)
  let start = CHUNK_START
  if (before == 0) copyValue(BLAKE_NODE, BLAKE_KEY)
  else {
    chain(BLAKE_KEY, at, before, <u32>counter, high, 64, flags, CHUNK_START, 0, BLAKE_NODE, false)
    start = 0
  }
  copyBlock(BLOCK, at + (before << 6))
  store<u64>(COUNTER, counter)
  store<u32>(LENGTH, length - (before << 6))
  store<u32>(FLAGS, flags | start | CHUNK_END)
}

/** Makes the node from two chaining values side by side at `values`. */
export function parentNode(values: usize, flags: u32): void {
  copyValue(BLAKE_NODE, BLAKE_KEY)
  copyBlock(BLOCK, values)
  store<u64>(COUNTER, 0)
  store<u32>(LENGTH, 64)
  store<u32>(FLAGS, flags | PARENT)
}

/** Makes the parent of the value at `left` and the present node. */
export function joinNode(left: usize, flags: u32): void {
  nodeValue(BLOCK + 32)
  copyValue(BLOCK, left)
  copyValue(BLAKE_NODE, BLAKE_KEY)
  store<u64>(COUNTER, 0)
  store<u32>(LENGTH, 64)
  store<u32>(FLAGS, flags | PARENT)
}

/** Compresses the node to a chaining value at `out`. */
export function nodeValue(out: usize): void {
  const counter = load<u64>(COUNTER)
  const high = <u32>(counter >> 32)
  compress(BLAKE_NODE, BLOCK, <u32>counter, high, load<u32>(LENGTH), load<u32>(FLAGS), out, false)
}

/** Writes `blocks` blocks of root output, the first with number `first`, at `out`. */
export function rootOutput(out: usize, first: u32, blocks: u32): void {
  const length = load<u32>(LENGTH)
  const flags = load<u32>(FLAGS) | ROOT
  for (let i: u32 = 0; i < blocks; i++, out += 64) compress(BLAKE_NODE, BLOCK, first + i, 0, length, flags, out, true)
}
