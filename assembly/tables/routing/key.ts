import { IN, KEY, OUT } from '../layout'

// Ids are kept as little-endian numbers of 256 bit: the first byte of an id is the highest of the number, and the bits the
// trie branches at are counted from the lowest, 0 to 255.

/** Writes 32 bytes backwards. */
function reverse(from: usize, to: usize): void {
  const low = v128.load(from)
  const high = v128.load(from, 16)
  v128.store(to, v128.shuffle<u8>(high, high, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
  v128.store(to, v128.shuffle<u8>(low, low, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 16)
}

/** Makes id number `index` of IN the KEY. */
export function takeKey(index: u32): void {
  reverse(IN + ((<usize>index) << 5), KEY)
}

/** Writes the id of a record to OUT. */
export function giveId(record: usize): void {
  reverse(record, OUT)
}

/** Copies an id, as a number. */
export function copyId(from: usize, to: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}

/** The highest bit in which two ids differ; −1 when they are equal. */
export function highestDifference(a: usize, b: usize): i32 {
  for (let word: i32 = 3; word >= 0; word--) {
    const at = (<usize>word) << 3
    const difference = load<u64>(a + at) ^ load<u64>(b + at)
    if (difference) return (word << 6) + 63 - <i32>clz<u64>(difference)
  }
  return -1
}

/** Bit number `bit` of an id. */
export function bitOf(id: usize, bit: u32): u32 {
  // A shift counts modulo 64, so it picks the bit inside the word.
  return (<u32>(load<u64>(id + (((<usize>bit) >> 6) << 3)) >> bit)) & 1
}
