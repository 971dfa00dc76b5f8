import { type RoutingTable, type RoutingTableOptions } from '../../../ports/routing-table.js'
import {
  checkCount,
  checkId,
  checkWhole,
  countTargets,
  freedTable,
  ID_BYTES,
  MAX_ROUTING_IDS,
  routingCapacity,
} from '../../tables/checks.js'
import { Buckets } from './buckets.js'
import { CritBitTrie, firstDifference } from './crit-bit.js'

/** The routing table in TypeScript: where WebAssembly is refused, and what the kernel is held against. */
export class FallbackRoutingTable implements RoutingTable {
  private held: { trie: CritBitTrie; buckets: Buckets } | undefined
  private readonly own: Uint32Array
  private room: number
  private ids = 0
  private usedSlots = 0
  private freeSlots: number[] = []

  constructor(options: RoutingTableOptions) {
    this.room = routingCapacity(options)
    const trie = new CritBitTrie(this.room)
    this.held = { trie, buckets: new Buckets(this.room) }
    trie.takeKey(options.own, 0)
    this.own = trie.key.slice()
  }

  get capacity(): number {
    return this.room
  }

  get size(): number {
    return this.ids
  }

  insert(id: Uint8Array, at = 0): number {
    const { trie, buckets } = this.take(id, at)
    let parting = 256
    if (this.ids > 0) {
      const near = trie.nearest()
      parting = trie.parting(near)
      if (parting === 256) return near
      if (this.ids === this.room) return -1
    }
    const slot = this.freeSlots.pop() ?? this.usedSlots++
    if (parting === 256) trie.plant(slot)
    else trie.link(slot, parting)
    buckets.append(firstDifference(trie.key, this.own, 0), slot)
    this.ids++
    return slot
  }

  find(id: Uint8Array, at = 0): number {
    const { trie } = this.take(id, at)
    if (this.ids === 0) return -1
    const slot = trie.nearest()
    return trie.parting(slot) === 256 ? slot : -1
  }

  remove(slot: number): boolean {
    const { trie, buckets } = this.parts()
    if (!buckets.has(slot)) return false
    trie.takeSlot(slot)
    if (this.ids > 1) trie.unlink()
    buckets.detach(firstDifference(trie.key, this.own, 0), slot)
    this.freeSlots.push(slot)
    this.ids--
    return true
  }

  touch(slot: number): boolean {
    const { trie, buckets } = this.parts()
    if (!buckets.has(slot)) return false
    trie.takeSlot(slot)
    const bucket = firstDifference(trie.key, this.own, 0)
    buckets.detach(bucket, slot)
    buckets.append(bucket, slot)
    return true
  }

  read(slot: number, out: Uint8Array, at = 0): boolean {
    const { trie, buckets } = this.parts()
    checkId(out, at, ID_BYTES)
    if (!buckets.has(slot)) return false
    trie.give(slot, out, at)
    return true
  }

  bucketOf(id: Uint8Array, at = 0): number {
    return firstDifference(this.take(id, at).trie.key, this.own, 0)
  }

  bucketSize(bucket: number): number {
    return this.parts().buckets.count(bucket)
  }

  oldest(bucket: number): number {
    return this.parts().buckets.oldest(bucket)
  }

  next(slot: number): number {
    const { buckets } = this.parts()
    return buckets.has(slot) ? buckets.next(slot) : -1
  }

  closest(target: Uint8Array, out: Int32Array, count = out.length, at = 0): number {
    checkCount(count, out)
    const { trie } = this.take(target, at)
    trie.arrange(this.ids)
    return this.ids === 0 || count === 0 ? 0 : trie.walk(count, out, 0)
  }

  closestBatch(targets: Uint8Array, out: Int32Array, count: number): number {
    const { trie } = this.parts()
    const number = countTargets(targets, out, count)
    if (this.ids === 0 || count === 0) return 0
    trie.arrange(this.ids)
    for (let i = 0; i < number; i++) {
      trie.takeKey(targets, i * ID_BYTES)
      trie.walk(count, out, i * count)
    }
    return Math.min(count, this.ids)
  }

  clear(): void {
    const { trie, buckets } = this.parts()
    trie.clear()
    buckets.clear()
    this.ids = 0
    this.usedSlots = 0
    this.freeSlots = []
  }

  enlarge(capacity: number): void {
    const { trie, buckets } = this.parts()
    checkWhole('capacity', capacity, this.room, MAX_ROUTING_IDS)
    trie.enlarge(capacity)
    buckets.enlarge(capacity)
    this.room = capacity
  }

  free(): void {
    this.held = undefined
    this.ids = 0
  }

  private parts(): { trie: CritBitTrie; buckets: Buckets } {
    if (this.held === undefined) throw freedTable()
    return this.held
  }

  private take(id: Uint8Array, at: number): { trie: CritBitTrie; buckets: Buckets } {
    const parts = this.parts()
    checkId(id, at, ID_BYTES)
    parts.trie.takeKey(id, at)
    return parts
  }
}
