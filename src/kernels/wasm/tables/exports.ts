/**
 * What assembly/tables exports. `table` and `stamp` name a table; −2 answers a stamp that is not the table's, −1 that there
 * is no such slot, id or room. Addresses come back as signed numbers, 0 when there is no memory.
 */
export interface TableExports {
  routingCreate(capacity: number): number
  routingClear(table: number, stamp: number): number
  routingInsert(table: number, stamp: number): number
  routingSize(table: number, stamp: number): number
  routingFind(table: number, stamp: number): number
  routingRemove(table: number, stamp: number, slot: number): number
  routingTouch(table: number, stamp: number, slot: number): number
  routingRead(table: number, stamp: number, slot: number): number
  routingBucket(table: number, stamp: number): number
  routingCount(table: number, stamp: number, bucket: number): number
  routingOldest(table: number, stamp: number, bucket: number): number
  routingNext(table: number, stamp: number, slot: number): number
  routingClosest(table: number, stamp: number, targets: number, count: number): number
  routingEnlarge(table: number, stamp: number, capacity: number): number
  seenCreate(capacity: number, idBytes: number): number
  seenRotate(table: number, stamp: number): number
  seenCount(table: number, stamp: number): number
  seenInsert(table: number, stamp: number, stride: number, first: number, count: number): number
  seenHas(table: number, stamp: number, stride: number, count: number): number
  tableFree(table: number, stamp: number): number
}
