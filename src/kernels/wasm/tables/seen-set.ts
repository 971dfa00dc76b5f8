import { type SeenSet, type SeenSetOptions } from '../../../ports/seen-set.js'
import { brokenTable, checkBatch, checkId, freedTable, seenOptions } from '../../tables/checks.js'
import { Generations } from '../../tables/generations.js'
import { type KernelInstance } from '../instance.js'
import { type TableExports } from './exports.js'
import { BATCH_IDS, IN, OUT } from './map.js'
import { answer, TableHandle, type TableMemory } from './memory.js'

/** Up to this many times the length of an id the gaps between ids are copied along: one copy instead of one an id. */
const COPIED_STRIDE = 2

/** A seen-set in the memory of the tables instance. */
export class WasmSeenSet implements SeenSet {
  readonly capacity: number
  private readonly handle: TableHandle
  private readonly kernel: KernelInstance
  private readonly exports: TableExports
  private readonly idBytes: number
  private readonly generations: Generations

  constructor(memory: TableMemory, options: SeenSetOptions) {
    const { key, idBytes, capacity, ttlMs } = seenOptions(options)
    this.capacity = capacity
    this.idBytes = idBytes
    this.generations = new Generations(ttlMs)
    this.kernel = memory.kernel
    this.exports = memory.kernel.exports
    this.kernel.write(key, 0, key.length, IN)
    this.handle = new TableHandle(memory, this.exports.seenCreate(capacity, idBytes))
  }

  get size(): number {
    const { table, stamp } = this.handle
    return table === 0 ? 0 : this.exports.seenCount(table, stamp)
  }

  get earlyRotations(): number {
    return this.generations.early
  }

  insert(id: Uint8Array, nowMs: number, at = 0): boolean {
    this.begin(id, nowMs, at)
    this.insertHere(this.idBytes, 1, nowMs)
    return this.kernel.bytes[OUT] === 1
  }

  insertBatch(ids: Uint8Array, count: number, fresh: Uint8Array, nowMs: number, stride = this.idBytes): number {
    if (this.handle.table === 0) throw freedTable()
    checkBatch(ids, this.idBytes, stride, count, fresh)
    if (count > 0) this.age(nowMs)
    let total = 0
    for (let first = 0; first < count; first += BATCH_IDS) {
      const number = Math.min(BATCH_IDS, count - first)
      const apart = this.write(ids, first * stride, number, stride)
      this.insertHere(apart, number, nowMs)
      this.kernel.read(OUT, number, fresh, first)
      for (let i = first; i < first + number; i++) total += fresh[i]
    }
    return total
  }

  has(id: Uint8Array, nowMs: number, at = 0): boolean {
    this.begin(id, nowMs, at)
    answer(this.exports.seenHas(this.handle.table, this.handle.stamp, this.idBytes, 1))
    return this.kernel.bytes[OUT] === 1
  }

  clear(): void {
    this.rotate()
    this.rotate()
    this.generations.clear()
  }

  free(): void {
    this.handle.free()
  }

  private begin(id: Uint8Array, nowMs: number, at: number): void {
    if (this.handle.table === 0) throw freedTable()
    checkId(id, at, this.idBytes)
    this.age(nowMs)
    this.kernel.write(id, at, at + this.idBytes, IN)
  }

  /** Puts ids into the kernel; how far apart they are there. */
  private write(ids: Uint8Array, from: number, number: number, stride: number): number {
    const { idBytes, kernel } = this
    if (stride <= COPIED_STRIDE * idBytes) {
      kernel.write(ids, from, from + (number - 1) * stride + idBytes, IN)
      return stride
    }
    for (let i = 0, at = from; i < number; i++, at += stride) kernel.write(ids, at, at + idBytes, IN + i * idBytes)
    return idBytes
  }

  /** Inserts what is at IN; the kernel stops where the young generation is full. */
  private insertHere(stride: number, count: number, nowMs: number): void {
    const { table, stamp } = this.handle
    let done = answer(this.exports.seenInsert(table, stamp, stride, 0, count))
    while (done < count) {
      this.rotate()
      this.generations.full(nowMs)
      const next = answer(this.exports.seenInsert(table, stamp, stride, done, count))
      // An empty generation has room; a kernel that does not go on is broken, and must not hang the self-test.
      if (next <= done) throw brokenTable()
      done = next
    }
  }

  private age(nowMs: number): void {
    for (let due = this.generations.due(nowMs); due > 0; due--) this.rotate()
  }

  private rotate(): void {
    answer(this.exports.seenRotate(this.handle.table, this.handle.stamp))
  }
}
