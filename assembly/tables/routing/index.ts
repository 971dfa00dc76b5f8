import { allocate, release } from '../heap'
import { KEY, NONE, OUT, REFUSED, STAMP } from '../layout'
import { append, bucketOf, countOf, detach, listOf, listOfKey, oldestOf } from './buckets'
import { copyId, giveId, highestDifference, takeKey } from './key'
import {
  BUCKETS,
  CAPACITY,
  FREE,
  FREE_NODE,
  FREE_SLOT,
  LEAF,
  LISTS,
  NEXT,
  NO_SLOT,
  NODES,
  NODES_AT,
  nodesOf,
  OWN,
  PREVIOUS,
  recordOf,
  RECORD_BYTES,
  ROOT,
  SIZE,
  STRAY,
  USED,
  USED_NODES,
} from './layout'
import { arrange, descend, link, unlink, walk } from './trie'

// What the façade calls. `table` and `stamp` name a table; a stamp that is not the table's is REFUSED. Ids come in at IN.

/** A new table for up to `capacity` ids around the own id at IN; its address, 0 when there is no memory. */
export function routingCreate(capacity: u32): usize {
  const table = allocate(bytesFor(capacity))
  if (!table) return 0
  store<u32>(table, capacity, CAPACITY)
  takeKey(0)
  copyId(KEY, table + OWN)
  empty(table)
  return table
}

function bytesFor(capacity: u32): u32 {
  return <u32>NODES + capacity * (2 * 8 + <u32>RECORD_BYTES)
}

function empty(table: usize): void {
  store<u32>(table, 0, SIZE)
  store<u32>(table, 0, USED)
  store<u32>(table, 0, USED_NODES)
  store<u32>(table, <u32>NODES, NODES_AT)
  store<u32>(table, 0, STRAY)
  store<u32>(table, NO_SLOT, FREE_SLOT)
  store<u32>(table, NO_SLOT, FREE_NODE)
  const none = i32x4(-1, -1, 0, 0)
  const end = listOf(table, BUCKETS)
  for (let list = table + LISTS; list < end; list += 16) v128.store(list, none)
}

/** Forgets every id. */
export function routingClear(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  empty(table)
  return 1
}

/** The slot of the id at IN, which gets one if it has none; NONE when the table is full. */
export function routingInsert(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  takeKey(0)
  const size = load<u32>(table, SIZE)
  let bit: i32 = -1
  if (size) {
    const near = descend(table)
    bit = highestDifference(recordOf(table, near), KEY)
    if (bit < 0) return near
    if (size == load<u32>(table, CAPACITY)) return NONE
  }
  const slot = takeSlot(table)
  copyId(KEY, recordOf(table, slot))
  if (bit < 0) store<u32>(table, slot | LEAF, ROOT)
  else link(table, slot, bit)
  append(table, listOfKey(table), slot)
  store<u32>(table, size + 1, SIZE)
  return slot
}

function takeSlot(table: usize): u32 {
  const free = load<u32>(table, FREE_SLOT)
  if (free != NO_SLOT) {
    store<u32>(table, load<u32>(recordOf(table, free), NEXT), FREE_SLOT)
    return free
  }
  const used = load<u32>(table, USED)
  store<u32>(table, used + 1, USED)
  return used
}

/** Ids in the table. */
export function routingSize(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  return load<u32>(table, SIZE)
}

/** The slot of the id at IN, or NONE. */
export function routingFind(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  if (!load<u32>(table, SIZE)) return NONE
  takeKey(0)
  const slot = descend(table)
  return highestDifference(recordOf(table, slot), KEY) < 0 ? slot : NONE
}

/** Whether a slot holds an id. */
function holds(table: usize, slot: u32): bool {
  return slot < load<u32>(table, USED) && load<u32>(recordOf(table, slot), PREVIOUS) != FREE
}

/** Removes the id of a slot: 1, or NONE when the slot holds none. */
export function routingRemove(table: usize, stamp: u32, slot: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  if (!holds(table, slot)) return NONE
  const record = recordOf(table, slot)
  const size = load<u32>(table, SIZE)
  if (size > 1) unlink(table, record)
  detach(table, listOf(table, bucketOf(table, record)), slot)
  store<u32>(record, FREE, PREVIOUS)
  store<u32>(record, load<u32>(table, FREE_SLOT), NEXT)
  store<u32>(table, slot, FREE_SLOT)
  store<u32>(table, size - 1, SIZE)
  return 1
}

/** Makes a slot the one of its bucket seen last: 1, or NONE when it holds no id. */
export function routingTouch(table: usize, stamp: u32, slot: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  if (!holds(table, slot)) return NONE
  const list = listOf(table, bucketOf(table, recordOf(table, slot)))
  detach(table, list, slot)
  append(table, list, slot)
  return 1
}

/** The bucket of the id at IN. */
export function routingBucket(table: usize, stamp: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  takeKey(0)
  return bucketOf(table, KEY)
}

/** Ids in a bucket. */
export function routingCount(table: usize, stamp: u32, bucket: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  return bucket < BUCKETS ? countOf(listOf(table, bucket)) : 0
}

/** The slot of a bucket seen longest ago, or NONE. */
export function routingOldest(table: usize, stamp: u32, bucket: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  return bucket < BUCKETS ? oldestOf(listOf(table, bucket)) : NONE
}

/** The slot seen next after this one in its bucket, or NONE. */
export function routingNext(table: usize, stamp: u32, slot: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  return holds(table, slot) ? load<u32>(recordOf(table, slot), NEXT) : NONE
}

/** Writes the id of a slot to OUT: 1, or NONE when it holds none. */
export function routingRead(table: usize, stamp: u32, slot: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  if (!holds(table, slot)) return NONE
  giveId(recordOf(table, slot))
  return 1
}

/**
 * Writes the slots of the up to `count` ids nearest to each of `targets` ids at IN to OUT, `count` words a target, the
 * rest of which stay as they were; how many there are for each target.
 */
export function routingClosest(table: usize, stamp: u32, targets: u32, count: u32): i32 {
  if (load<u32>(table, STAMP) != stamp) return REFUSED
  if (!load<u32>(table, SIZE) || !count) return 0
  arrange(table)
  let found: u32 = 0
  for (let target: u32 = 0; target < targets; target++) {
    takeKey(target)
    found = walk(table, count, OUT + ((<usize>(target * count)) << 2))
  }
  return found
}

/** Moves a table into a block with room for `capacity` ids, no fewer than before; its new address, 0 when there is no memory. */
export function routingEnlarge(table: usize, stamp: u32, capacity: u32): usize {
  if (load<u32>(table, STAMP) != stamp) return 0
  const larger = allocate(bytesFor(capacity))
  if (!larger) return 0
  const used = <usize>load<u32>(table, USED)
  const before = recordOf(table, 0)
  memory.copy(larger + CAPACITY, table + CAPACITY, NODES - CAPACITY)
  memory.copy(larger + NODES, nodesOf(table), (<usize>load<u32>(table, USED_NODES)) << 3)
  store<u32>(larger, <u32>NODES, NODES_AT)
  store<u32>(larger, capacity, CAPACITY)
  memory.copy(recordOf(larger, 0), before, used * RECORD_BYTES)
  release(table, 64)
  return larger
}
