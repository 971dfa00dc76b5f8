import { EMPTY } from '../../core/bytes.js'

/** Where an entry is: waiting for its first writing, written and not final, or final. */
export const ENTRY = { queued: 0, sent: 1, done: 2 } as const

const QOS_BITS = 0x03
const COMPRESS_BIT = 0x04
const STATE_SHIFT = 3
const FIRST_ROOM = 4
/** Mask of a ring that has no arrays yet: every number is beyond it. */
const NO_ROOM = -1
const NO_DEADLINES = new Float64Array(0)
/** An empty ring with more room than this gives its memory back. */
const KEPT_ROOM = 4096

/**
 * The one-way messages of one lane that are not final, in order: a ring of parallel arrays, addressed by a number that
 * only rises and is also the message's number on the wire. An entry costs no object.
 */
export class Outbox {
  /** Number of the oldest entry. */
  head = 0
  /** Number of the next entry. */
  tail = 0
  private mask = NO_ROOM
  private names: string[] = []
  private bodies: Uint8Array[] = []
  private flags = EMPTY
  private deadlines = NO_DEADLINES
  private owners: unknown[] = []

  /** Appends an entry in state `queued` and returns its number. */
  push(name: string, body: Uint8Array, qos: number, compress: boolean, deadlineMs: number, owner: unknown): number {
    if (this.tail - this.head > this.mask) this.resize(Math.max(FIRST_ROOM, (this.mask + 1) * 2))
    const number = this.tail++
    const slot = number & this.mask
    this.names[slot] = name
    this.bodies[slot] = body
    this.flags[slot] = qos | (compress ? COMPRESS_BIT : 0)
    this.deadlines[slot] = deadlineMs
    this.owners[slot] = owner
    return number
  }

  /** Passes over one number while there are no entries: its message is final already. */
  skip(): void {
    this.head = ++this.tail
  }

  /** Whether the number is one of an entry that is still held. */
  holds(number: number): boolean {
    return number >= this.head && number < this.tail
  }

  name(number: number): string {
    return this.names[number & this.mask]
  }

  body(number: number): Uint8Array {
    return this.bodies[number & this.mask]
  }

  qos(number: number): number {
    return this.flags[number & this.mask] & QOS_BITS
  }

  compress(number: number): boolean {
    return (this.flags[number & this.mask] & COMPRESS_BIT) !== 0
  }

  state(number: number): number {
    return this.flags[number & this.mask] >>> STATE_SHIFT
  }

  /** monoMs after which the entry is worth nothing. */
  deadline(number: number): number {
    return this.deadlines[number & this.mask]
  }

  /** What the caller gave to know its message by. */
  owner(number: number): unknown {
    return this.owners[number & this.mask]
  }

  markSent(number: number): void {
    const slot = number & this.mask
    this.flags[slot] = (this.flags[slot] & (QOS_BITS | COMPRESS_BIT)) | (ENTRY.sent << STATE_SHIFT)
  }

  /** Makes the entry final: its body is released, its number stays until all older ones are final too. */
  markDone(number: number): void {
    const slot = number & this.mask
    this.flags[slot] = ENTRY.done << STATE_SHIFT
    this.bodies[slot] = EMPTY
    this.owners[slot] = undefined
    this.deadlines[slot] = Infinity
  }

  /** Drops final entries at the head. */
  trim(): void {
    while (this.head < this.tail && this.state(this.head) === ENTRY.done) this.head++
    if (this.mask >= KEPT_ROOM && this.head === this.tail) this.resize(FIRST_ROOM)
  }

  /** Gives the ring up where it is empty; the next entry makes a new one. */
  rest(): void {
    if (this.head !== this.tail || this.mask === NO_ROOM) return
    this.mask = NO_ROOM
    this.names = []
    this.bodies = []
    this.flags = EMPTY
    this.deadlines = NO_DEADLINES
    this.owners = []
  }

  /** Earliest deadline of all entries, Infinity where there is none. */
  earliestDeadline(): number {
    let earliest = Infinity
    for (let number = this.head; number < this.tail; number++) earliest = Math.min(earliest, this.deadline(number))
    return earliest
  }

  private resize(room: number): void {
    const { names, bodies, flags, deadlines, owners, mask, head, tail } = this
    this.mask = room - 1
    this.names = new Array<string>(room).fill('')
    this.bodies = new Array<Uint8Array>(room).fill(EMPTY)
    this.flags = new Uint8Array(room)
    this.deadlines = new Float64Array(room)
    this.owners = new Array<unknown>(room).fill(undefined)
    for (let number = head; number < tail; number++) {
      const [from, to] = [number & mask, number & this.mask]
      this.names[to] = names[from]
      this.bodies[to] = bodies[from]
      this.flags[to] = flags[from]
      this.deadlines[to] = deadlines[from]
      this.owners[to] = owners[from]
    }
  }
}
