import { KEY } from '../layout'
import { highestDifference } from './key'
import { LISTS, NEXT, NO_SLOT, OWN, PREVIOUS, recordOf } from './layout'

// The slots of a bucket hang in a list, the one seen longest ago first.

const OLDEST: usize = 0
const NEWEST: usize = 4
const COUNT: usize = 8

/** The bucket of an id: bits it has in common with the own one, 0 to 256. */
export function bucketOf(table: usize, id: usize): u32 {
  return 255 - highestDifference(table + OWN, id)
}

/** Address of a bucket's list. */
export function listOf(table: usize, bucket: u32): usize {
  return table + LISTS + ((<usize>bucket) << 4)
}

/** The slot of a bucket that was seen longest ago, NO_SLOT when it is empty. */
export function oldestOf(list: usize): u32 {
  return load<u32>(list, OLDEST)
}

/** Slots of a bucket. */
export function countOf(list: usize): u32 {
  return load<u32>(list, COUNT)
}

/** Makes a slot the one of its list seen last. */
export function append(table: usize, list: usize, slot: u32): void {
  const record = recordOf(table, slot)
  const newest = load<u32>(list, NEWEST)
  store<u32>(record, newest, PREVIOUS)
  store<u32>(record, NO_SLOT, NEXT)
  store<u32>(newest == NO_SLOT ? list + OLDEST : recordOf(table, newest) + NEXT, slot)
  store<u32>(list, slot, NEWEST)
  store<u32>(list, load<u32>(list, COUNT) + 1, COUNT)
}

/** Takes a slot out of its list. */
export function detach(table: usize, list: usize, slot: u32): void {
  const record = recordOf(table, slot)
  const next = load<u32>(record, NEXT)
  const previous = load<u32>(record, PREVIOUS)
  store<u32>(previous == NO_SLOT ? list + OLDEST : recordOf(table, previous) + NEXT, next)
  store<u32>(next == NO_SLOT ? list + NEWEST : recordOf(table, next) + PREVIOUS, previous)
  store<u32>(list, load<u32>(list, COUNT) - 1, COUNT)
}

/** The list of KEY's bucket. */
export function listOfKey(table: usize): usize {
  return listOf(table, bucketOf(table, KEY))
}
