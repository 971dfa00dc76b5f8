import { type SeenSet, type SeenSetOptions } from '../../../ports/seen-set.js'
import { checkBatch, checkId, freedTable, seenOptions } from '../../tables/checks.js'
import { Generations } from '../../tables/generations.js'
import { PRINT_WORDS, SipHash } from './siphash.js'

/** One generation: open addressing, four words a slot, a free slot all zero; at most four fifths are taken. */
class Generation {
  count = 0
  private readonly words: Int32Array
  private readonly mask: number

  constructor(capacity: number) {
    let slots = 8
    while (4 * slots < 5 * capacity) slots *= 2
    this.words = new Int32Array(slots * PRINT_WORDS)
    this.mask = this.words.length - 1
  }

  /** Where a fingerprint is; where it belongs, in one's complement, when it is not there. */
  locate(print: Int32Array): number {
    const { words, mask } = this
    const first = print[0]
    for (let at = (print[1] * PRINT_WORDS) & mask; ; at = (at + PRINT_WORDS) & mask) {
      const word = words[at]
      if (word === first && isRest(words, at, print)) return at
      if (word === 0 && (words[at + 1] | words[at + 2] | words[at + 3]) === 0) return ~at
    }
  }

  put(print: Int32Array, at: number): void {
    for (let i = 0; i < PRINT_WORDS; i++) this.words[at + i] = print[i]
    this.count++
  }

  clear(): void {
    this.words.fill(0)
    this.count = 0
  }
}

function isRest(words: Int32Array, at: number, print: Int32Array): boolean {
  return words[at + 1] === print[1] && words[at + 2] === print[2] && words[at + 3] === print[3]
}

interface Held {
  young: Generation
  old: Generation
  readonly hash: SipHash
}

/** The seen-set in TypeScript: where WebAssembly is refused, and what the kernel is held against. */
export class FallbackSeenSet implements SeenSet {
  readonly capacity: number
  private held: Held | undefined
  private readonly idBytes: number
  private readonly generations: Generations
  private readonly print = new Int32Array(PRINT_WORDS)

  constructor(options: SeenSetOptions) {
    const { key, idBytes, capacity, ttlMs } = seenOptions(options)
    this.capacity = capacity
    this.idBytes = idBytes
    this.generations = new Generations(ttlMs)
    this.held = { young: new Generation(capacity), old: new Generation(capacity), hash: new SipHash(key) }
  }

  get size(): number {
    return this.held === undefined ? 0 : this.held.young.count + this.held.old.count
  }

  get earlyRotations(): number {
    return this.generations.early
  }

  insert(id: Uint8Array, nowMs: number, at = 0): boolean {
    const held = this.parts()
    checkId(id, at, this.idBytes)
    this.age(held, nowMs)
    return this.insertOne(held, id, at, nowMs)
  }

  insertBatch(ids: Uint8Array, count: number, fresh: Uint8Array, nowMs: number, stride = this.idBytes): number {
    const held = this.parts()
    checkBatch(ids, this.idBytes, stride, count, fresh)
    if (count > 0) this.age(held, nowMs)
    let total = 0
    for (let i = 0; i < count; i++) {
      const isNew = this.insertOne(held, ids, i * stride, nowMs)
      fresh[i] = isNew ? 1 : 0
      if (isNew) total++
    }
    return total
  }

  has(id: Uint8Array, nowMs: number, at = 0): boolean {
    const held = this.parts()
    checkId(id, at, this.idBytes)
    this.age(held, nowMs)
    this.fingerprint(held, id, at)
    return held.young.locate(this.print) >= 0 || held.old.locate(this.print) >= 0
  }

  clear(): void {
    const held = this.parts()
    held.young.clear()
    held.old.clear()
    this.generations.clear()
  }

  free(): void {
    this.held?.hash.free()
    this.held = undefined
  }

  private insertOne(held: Held, id: Uint8Array, at: number, nowMs: number): boolean {
    const { print } = this
    this.fingerprint(held, id, at)
    let place = held.young.locate(print)
    if (place >= 0 || held.old.locate(print) >= 0) return false
    if (held.young.count === this.capacity) {
      this.rotate(held)
      this.generations.full(nowMs)
      place = held.young.locate(print)
    }
    held.young.put(print, ~place)
    return true
  }

  private fingerprint({ hash }: Held, id: Uint8Array, at: number): void {
    const { print } = this
    hash.hash(id, at, at + this.idBytes, print)
    // All zero means a free slot.
    if ((print[0] | print[1] | print[2] | print[3]) === 0) print[0] = 1
  }

  private age(held: Held, nowMs: number): void {
    for (let due = this.generations.due(nowMs); due > 0; due--) this.rotate(held)
  }

  private rotate(held: Held): void {
    const { young, old } = held
    held.young = old
    held.old = young
    old.clear()
  }

  private parts(): Held {
    if (this.held === undefined) throw freedTable()
    return this.held
  }
}
