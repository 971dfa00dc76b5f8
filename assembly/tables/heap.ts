import { CLASS, FREE_LISTS, HEAP, HEAP_END, LAST_STAMP, NEXT_FREE, REFUSED, STAMP } from './layout'

// Blocks of 8 sizes a doubling, from 512 bytes on: at most an eighth of a block is lost. A freed block waits in the list of
// its size and is given out again; blocks are never split or joined. The memory grows here and nowhere else.

/** The smallest class whose blocks have room. */
function classOf(bytes: u32): u32 {
  if (bytes <= 512) return 0
  const last = bytes - 1
  const doubling: u32 = 31 - clz<u32>(last)
  return ((doubling - 9) << 3) + ((last >> (doubling - 3)) & 7) + 1
}

/** Bytes of the blocks of a class. */
function classBytes(index: u32): u32 {
  return (8 + (index & 7)) << (6 + (index >> 3))
}

/** A block of at least `bytes` (up to 2^30), stamped, its content whatever was there; 0 when the memory cannot grow. */
export function allocate(bytes: u32): usize {
  const index = classOf(bytes)
  const list = FREE_LISTS + ((<usize>index) << 2)
  let block: usize = load<u32>(list)
  if (block) store<u32>(list, load<u32>(block, NEXT_FREE))
  else {
    block = extend(classBytes(index))
    if (!block) return 0
  }
  const stamp = load<u32>(LAST_STAMP) + 1
  store<u32>(LAST_STAMP, stamp)
  store<u32>(block, stamp, STAMP)
  store<u32>(block, index, CLASS)
  return block
}

function extend(bytes: u32): usize {
  const from: u32 = load<u32>(HEAP_END) || <u32>HEAP
  const end = <u64>from + bytes
  const pages = <i32>((end + 0xffff) >> 16)
  if (pages > 0xffff) return 0
  const missing = pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return 0
  store<u32>(HEAP_END, <u32>end)
  return from
}

/** Gives a block back; its first `bytes` are wiped. */
export function release(block: usize, bytes: usize): void {
  const list = FREE_LISTS + ((<usize>load<u32>(block, CLASS)) << 2)
  memory.fill(block, 0, bytes)
  store<u32>(block, load<u32>(list), NEXT_FREE)
  store<u32>(list, <u32>block)
}

/** Frees a table of either kind: 1, or REFUSED when it was freed before. */
export function tableFree(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  // The first 64 bytes hold whatever is secret: the key of a seen-set.
  release(table, 64)
  return 1
}
