import { allocate } from '../heap'
import { IN, OUT, PRINTS, REFUSED, STAMP } from '../layout'
import { contains, groupOf, likely, put } from './generation'
import { CAPACITY, CONTROL, controlOf, COUNTS, GROUPS, ID_BYTES, KEY0, KEY1, printsOf, YOUNG } from './layout'
import { fingerprints } from './siphash'

// What the façade calls. `table` and `stamp` name a set; a stamp that is not the set's is REFUSED.

/** Slots for each five ids of the capacity, in quarters: a generation is never fuller than four fifths. */
const SLOTS_PER_FOUR: u32 = 5

/** Below so many ids there is nothing to overlap. */
const FEW: u32 = 8

/** Groups for `capacity` ids. */
function groupsFor(capacity: u32): u32 {
  return (capacity * SLOTS_PER_FOUR + 63) >> 6
}

/** A new set of two generations of `capacity` ids of `idBytes` under the 16-byte key at IN; 0 when there is no memory. */
export function seenCreate(capacity: u32, idBytes: u32): usize {
  const groups = groupsFor(capacity)
  // Two generations of 16 slots a group, of one byte and of 16.
  const table = allocate(<u32>CONTROL + groups * (2 * 16 * 17))
  if (!table) return 0
  store<u32>(table, capacity, CAPACITY)
  store<u32>(table, groups, GROUPS)
  store<u32>(table, idBytes, ID_BYTES)
  v128.store(table + KEY0, v128.load(IN))
  v128.store(IN, i32x4.splat(0))
  store<u32>(table, 0, YOUNG)
  store<u64>(table, 0, COUNTS)
  memory.fill(table + CONTROL, 0, (<usize>groups) << 5)
  return table
}

/** Forgets the old generation, which becomes the young one. */
export function seenRotate(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  const young = load<u32>(table, YOUNG) ^ 1
  store<u32>(table, young, YOUNG)
  store<u32>(table + ((<usize>young) << 2), 0, COUNTS)
  memory.fill(controlOf(table, young), 0, (<usize>load<u32>(table, GROUPS)) << 4)
  return 1
}

/** Ids in both generations. */
export function seenCount(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  return load<u32>(table, COUNTS) + load<u32>(table, COUNTS + 4)
}

/**
 * Inserts up to BATCH_IDS ids of IN, `stride` bytes apart, beginning with number `first`: 1 at OUT for each that is new,
 * 0 for each that was there. Stops before a new one for which the young generation has no room.
 *
 * @returns number of the id it stopped before: `count` when all are done
 */
export function seenInsert(table: usize, stamp: u32, stride: u32, first: u32, count: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  // Where the last call stopped the fingerprints are still there.
  if (first == 0) prepare(table, stride, count)
  const groups = load<u32>(table, GROUPS)
  const young = load<u32>(table, YOUNG)
  const control = controlOf(table, young)
  const prints = printsOf(table, young)
  const oldControl = controlOf(table, young ^ 1)
  const oldPrints = printsOf(table, young ^ 1)
  const counter = table + COUNTS + ((<usize>young) << 2)
  let room = load<u32>(table, CAPACITY) - load<u32>(counter)
  let index = first
  for (; index < count; index++) {
    const print = PRINTS + ((<usize>index) << 4)
    const low = load<u64>(print)
    const high = load<u64>(print, 8)
    const seen = contains(groups, control, prints, low, high) || contains(groups, oldControl, oldPrints, low, high)
    if (!seen) {
      if (!room) break
      put(groups, control, prints, low, high)
      room--
    }
    store<u8>(OUT + index, seen ? 0 : 1)
  }
  store<u32>(counter, load<u32>(table, CAPACITY) - room)
  return index
}

/** Tells of up to BATCH_IDS ids of IN whether they were seen: 1 at OUT, else 0. */
export function seenHas(table: usize, stamp: u32, stride: u32, count: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  prepare(table, stride, count)
  const groups = load<u32>(table, GROUPS)
  for (let index: u32 = 0; index < count; index++) {
    const print = PRINTS + ((<usize>index) << 4)
    const low = load<u64>(print)
    const high = load<u64>(print, 8)
    const seen =
      contains(groups, controlOf(table, 0), printsOf(table, 0), low, high) ||
      contains(groups, controlOf(table, 1), printsOf(table, 1), low, high)
    store<u8>(OUT + index, seen ? 1 : 0)
  }
  return 1
}

/**
 * Fingerprints of a batch; then its cache lines are asked for, all control bytes before all that follows from them, so that
 * the misses of a batch overlap.
 */
function prepare(table: usize, stride: u32, count: u32): void {
  fingerprints(load<u64>(table, KEY0), load<u64>(table, KEY1), load<u32>(table, ID_BYTES), stride, count)
  if (count < FEW) return
  const groups = load<u32>(table, GROUPS)
  const young = load<u32>(table, YOUNG)
  const control = controlOf(table, young)
  const prints = printsOf(table, young)
  const oldControl = controlOf(table, young ^ 1)
  const end = PRINTS + ((<usize>count) << 4)
  let sum: u32 = 0
  for (let print = PRINTS; print < end; print += 16) sum += load<u8>(control + (groupOf(load<u64>(print), groups) << 4))
  for (let print = PRINTS; print < end; print += 16)
    sum += likely(groups, control, prints, oldControl, load<u64>(print))
  // Kept where nobody looks, or the compiler would leave the loads out.
  store<u32>(end, sum)
}
