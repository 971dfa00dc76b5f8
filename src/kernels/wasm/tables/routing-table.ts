import { type RoutingTable, type RoutingTableOptions } from '../../../ports/routing-table.js'
import {
  checkCount,
  checkId,
  checkWhole,
  countTargets,
  freedTable,
  ID_BYTES,
  isSlot,
  MAX_CLOSEST,
  MAX_ROUTING_IDS,
  routingCapacity,
} from '../../tables/checks.js'
import { type KernelInstance } from '../instance.js'
import { type TableExports } from './exports.js'
import { IN, IN_BYTES, OUT } from './map.js'
import { answer, TableHandle, type TableMemory } from './memory.js'

/** What stands for a number that cannot be a slot or bucket: no table has so many. */
const NOWHERE = -1

/** A routing table in the memory of the tables instance. */
export class WasmRoutingTable implements RoutingTable {
  private readonly handle: TableHandle
  private readonly kernel: KernelInstance
  private readonly exports: TableExports
  private room: number

  constructor(
    private readonly memory: TableMemory,
    options: RoutingTableOptions,
  ) {
    this.room = routingCapacity(options)
    this.kernel = memory.kernel
    this.exports = memory.kernel.exports
    this.kernel.write(options.own, 0, ID_BYTES, IN)
    this.handle = new TableHandle(memory, this.exports.routingCreate(this.room))
  }

  get capacity(): number {
    return this.room
  }

  get size(): number {
    const { table, stamp } = this.handle
    return table === 0 ? 0 : this.exports.routingSize(table, stamp)
  }

  insert(id: Uint8Array, at = 0): number {
    this.write(id, at)
    return answer(this.exports.routingInsert(this.handle.table, this.handle.stamp))
  }

  find(id: Uint8Array, at = 0): number {
    this.write(id, at)
    return answer(this.exports.routingFind(this.handle.table, this.handle.stamp))
  }

  remove(slot: number): boolean {
    return answer(this.exports.routingRemove(this.handle.table, this.handle.stamp, whole(slot))) > 0
  }

  touch(slot: number): boolean {
    return answer(this.exports.routingTouch(this.handle.table, this.handle.stamp, whole(slot))) > 0
  }

  read(slot: number, out: Uint8Array, at = 0): boolean {
    checkId(out, at, ID_BYTES)
    if (answer(this.exports.routingRead(this.handle.table, this.handle.stamp, whole(slot))) < 0) return false
    this.kernel.read(OUT, ID_BYTES, out, at)
    return true
  }

  bucketOf(id: Uint8Array, at = 0): number {
    this.write(id, at)
    return answer(this.exports.routingBucket(this.handle.table, this.handle.stamp))
  }

  bucketSize(bucket: number): number {
    return answer(this.exports.routingCount(this.handle.table, this.handle.stamp, whole(bucket)))
  }

  oldest(bucket: number): number {
    return answer(this.exports.routingOldest(this.handle.table, this.handle.stamp, whole(bucket)))
  }

  next(slot: number): number {
    return answer(this.exports.routingNext(this.handle.table, this.handle.stamp, whole(slot)))
  }

  closest(target: Uint8Array, out: Int32Array, count = out.length, at = 0): number {
    checkCount(count, out)
    this.write(target, at)
    const found = answer(this.exports.routingClosest(this.handle.table, this.handle.stamp, 1, count))
    const words = this.memory.words
    for (let i = 0, from = OUT >>> 2; i < found; i++, from++) out[i] = words[from]
    return found
  }

  closestBatch(targets: Uint8Array, out: Int32Array, count: number): number {
    const number = countTargets(targets, out, count)
    const step = Math.min(IN_BYTES / ID_BYTES, Math.floor(MAX_CLOSEST / Math.max(count, 1)))
    let found = 0
    // At least once, so that a freed table is refused whatever is asked.
    for (let first = 0; first === 0 || first < number; first += step) {
      const targetsHere = Math.min(step, number - first)
      this.kernel.write(targets, first * ID_BYTES, (first + targetsHere) * ID_BYTES, IN)
      found = answer(this.exports.routingClosest(this.handle.table, this.handle.stamp, targetsHere, count))
      this.rows(out, first * count, targetsHere, count, found)
    }
    return number === 0 ? Math.min(count, this.size) : found
  }

  clear(): void {
    answer(this.exports.routingClear(this.handle.table, this.handle.stamp))
  }

  enlarge(capacity: number): void {
    if (this.handle.table === 0) throw freedTable()
    checkWhole('capacity', capacity, this.room, MAX_ROUTING_IDS)
    this.handle.moved(this.exports.routingEnlarge(this.handle.table, this.handle.stamp, capacity))
    this.room = capacity
  }

  free(): void {
    this.handle.free()
  }

  private write(id: Uint8Array, at: number): void {
    checkId(id, at, ID_BYTES)
    this.kernel.write(id, at, at + ID_BYTES, IN)
  }

  /** Copies `rows` rows of `count` words, of which `found` are filled. */
  private rows(out: Int32Array, to: number, rows: number, count: number, found: number): void {
    const words = this.memory.words
    for (let row = 0; row < rows; row++) {
      const from = (OUT >>> 2) + row * count
      for (let i = 0; i < found; i++) out[to + row * count + i] = words[from + i]
    }
  }
}

const whole = (value: number): number => (isSlot(value) ? value : NOWHERE)
