import { RECORD } from '../../wire/records.js'
import type { SegmentPool } from './segments.js'

/** Gets each whole record, header included; may change its bytes. Answers false to stop reading. */
export type OnRecord = (buffer: Uint8Array, from: number, to: number) => boolean

const SMALLEST = RECORD.type + RECORD.tag

/** Cuts an ordered byte stream into records. What lies whole in a chunk is handed over in place, the rest is collected. */
export class RecordReader {
  private held: Uint8Array | undefined
  private heldBytes = 0
  /** The header of a record that is cut inside it; made when one is. */
  private header: Uint8Array | undefined

  constructor(private readonly pool: SegmentPool) {}

  /**
   * Reads `buffer[from, to)`.
   * @returns false when a length is impossible or `onRecord` stopped: the carrier is of no use any more
   */
  read(buffer: Uint8Array, from: number, to: number, onRecord: OnRecord): boolean {
    while (from < to) {
      if (this.heldBytes > 0) {
        from = this.collect(buffer, from, to)
        if (from < 0 || !this.completed(onRecord)) return false
        continue
      }
      const total = to - from < RECORD.header ? 0 : recordBytes(buffer, from)
      if (total < 0) return false
      if (total === 0 || to - from < total) return this.hold(buffer, from, to)
      if (!onRecord(buffer, from, from + total)) return false
      from += total
    }
    return true
  }

  /** Forgets a record that was received in part: the carrier changed, it comes again. */
  reset(): void {
    if (this.held !== undefined && this.held !== this.header) this.pool.release(this.held)
    this.held = undefined
    this.heldBytes = 0
  }

  private hold(buffer: Uint8Array, from: number, to: number): boolean {
    this.held = this.header ??= new Uint8Array(RECORD.header)
    this.heldBytes = 0
    while (from < to) {
      from = this.collect(buffer, from, to)
      if (from < 0) return false
    }
    return true
  }

  /** Takes what the record in the making still lacks; the header first, then a buffer of its size. */
  private collect(buffer: Uint8Array, from: number, to: number): number {
    const wanted = this.heldBytes < RECORD.header ? RECORD.header : recordBytes(this.held as Uint8Array, 0)
    const end = Math.min(to, from + wanted - this.heldBytes)
    const held = this.held as Uint8Array
    for (let i = from; i < end && wanted === RECORD.header; i++) held[this.heldBytes + i - from] = buffer[i]
    if (wanted !== RECORD.header) held.set(buffer.subarray(from, end), this.heldBytes)
    this.heldBytes += end - from
    return this.heldBytes === RECORD.header && held === this.header && !this.enlarge() ? -1 : end
  }

  private enlarge(): boolean {
    const header = this.header as Uint8Array
    const total = recordBytes(header, 0)
    if (total < 0) return false
    const buffer = this.pool.take(total)
    buffer.set(header)
    this.held = buffer
    return true
  }

  private completed(onRecord: OnRecord): boolean {
    const held = this.held as Uint8Array
    if (held === this.header) return true
    const total = recordBytes(held, 0)
    if (this.heldBytes < total) return true
    this.held = undefined
    this.heldBytes = 0
    const goOn = onRecord(held, 0, total)
    this.pool.release(held)
    return goOn
  }
}

/** Bytes of the record whose header is at `at`; -1 when its length is impossible. */
function recordBytes(buffer: Uint8Array, at: number): number {
  const length = (buffer[at + 1] << 8) | buffer[at + 2]
  return length < SMALLEST ? -1 : RECORD.header + length
}
