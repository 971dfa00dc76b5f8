import { isSlot } from '../../tables/checks.js'

/** Buckets: one for each length of a common prefix, 0 to 256. */
export const BUCKETS = 257

/** The previous slot of one that is in no bucket. */
const OUT = -2

/** Slots in buckets, each a list with the one seen longest ago first. */
export class Buckets {
  private readonly first = new Int32Array(BUCKETS)
  private readonly last = new Int32Array(BUCKETS)
  private readonly counts = new Int32Array(BUCKETS)
  private nextSlot: Int32Array
  private previousSlot: Int32Array

  constructor(capacity: number) {
    this.nextSlot = new Int32Array(capacity)
    this.previousSlot = new Int32Array(capacity)
    this.clear()
  }

  /** Makes room for more slots. */
  enlarge(capacity: number): void {
    const { nextSlot, previousSlot } = this
    this.nextSlot = new Int32Array(capacity)
    this.previousSlot = new Int32Array(capacity).fill(OUT)
    this.nextSlot.set(nextSlot)
    this.previousSlot.set(previousSlot)
  }

  /** Empties every bucket. */
  clear(): void {
    this.first.fill(-1)
    this.last.fill(-1)
    this.counts.fill(0)
    this.previousSlot.fill(OUT)
  }

  /** Whether a number is a slot that is in a bucket. */
  has(slot: number): boolean {
    return isSlot(slot) && slot < this.previousSlot.length && this.previousSlot[slot] !== OUT
  }

  /** Slots in a bucket. */
  count(bucket: number): number {
    return this.counts[bucket] ?? 0
  }

  /** The slot seen longest ago, −1 when there is none. */
  oldest(bucket: number): number {
    return this.first[bucket] ?? -1
  }

  /** The slot seen next after one, −1 after the newest. */
  next(slot: number): number {
    return this.nextSlot[slot]
  }

  /** Makes a slot that is in no bucket the newest of one. */
  append(bucket: number, slot: number): void {
    const newest = this.last[bucket]
    this.previousSlot[slot] = newest
    this.nextSlot[slot] = -1
    if (newest < 0) this.first[bucket] = slot
    else this.nextSlot[newest] = slot
    this.last[bucket] = slot
    this.counts[bucket]++
  }

  /** Takes a slot out of its bucket. */
  detach(bucket: number, slot: number): void {
    const next = this.nextSlot[slot]
    const previous = this.previousSlot[slot]
    if (previous < 0) this.first[bucket] = next
    else this.nextSlot[previous] = next
    if (next < 0) this.last[bucket] = previous
    else this.previousSlot[next] = previous
    this.previousSlot[slot] = OUT
    this.counts[bucket]--
  }
}
