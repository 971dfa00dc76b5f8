import { EMPTY } from '../../core/bytes.js'

/** Smallest room that is made. */
const FIRST_ROOM_BYTES = 1024
/** An empty store larger than this gives its memory back. */
const KEPT_ROOM_BYTES = 16 * 1024

/** Received bytes that wait for a handler to end. The lane's window bounds them: their credit is not returned yet. */
export class HeldBytes {
  buffer = EMPTY
  from = 0
  to = 0

  get length(): number {
    return this.to - this.from
  }

  /** Copies `source[from, to)` behind what is held. */
  append(source: Uint8Array, from: number, to: number): void {
    const count = to - from
    if (this.to + count > this.buffer.length) this.makeRoom(count)
    this.buffer.set(source.subarray(from, to), this.to)
    this.to += count
  }

  /** Drops the first bytes. */
  take(count: number): void {
    this.from += count
    if (this.from < this.to) return
    this.from = 0
    this.to = 0
    if (this.buffer.length > KEPT_ROOM_BYTES) this.buffer = EMPTY
  }

  /** Drops everything. */
  clear(): void {
    this.take(this.length)
  }

  private makeRoom(count: number): void {
    const needed = this.length + count
    const roomy = needed * 2 <= this.buffer.length
    const next = roomy ? this.buffer : new Uint8Array(Math.max(FIRST_ROOM_BYTES, needed * 2))
    next.set(this.buffer.subarray(this.from, this.to), 0)
    this.buffer = next
    this.to = this.length
    this.from = 0
  }
}
