import { LIMITS } from '../../core/limits.js'
import { RECORD } from '../../wire/records.js'

/** Bytes of a small segment: enough for interactive traffic, little to hold while it waits for an acknowledgement. */
export const SMALL_SEGMENT_BYTES = 1024
/** Bytes of a large segment: two full records, so that bulk data goes to the carrier in writes of that size. */
export const LARGE_SEGMENT_BYTES = 2 * (RECORD.header + LIMITS.maxRecordBytes)

/**
 * Buffers for records, shared by the sessions of a node: idle sessions hold none of the large ones. What was handed to a
 * carrier never comes back here, see {@link SendLog}.
 */
export class SegmentPool {
  private readonly small: Uint8Array[] = []
  private readonly large: Uint8Array[] = []

  /** @param maxFreeBytes - memory kept for reuse; what is released beyond it is left to the collector */
  constructor(private readonly maxFreeBytes = 16 * 1024 * 1024) {}

  /** A buffer of at least `bytes`, small if that is enough. Its content is undefined. */
  take(bytes: number): Uint8Array {
    if (bytes <= SMALL_SEGMENT_BYTES) return this.small.pop() ?? new Uint8Array(SMALL_SEGMENT_BYTES)
    return this.large.pop() ?? new Uint8Array(LARGE_SEGMENT_BYTES)
  }

  /** Gives a buffer back; nobody may hold a view on it any more. */
  release(buffer: Uint8Array): void {
    const list = buffer.length === SMALL_SEGMENT_BYTES ? this.small : this.large
    if ((list.length + 1) * buffer.length <= this.maxFreeBytes / 2) list.push(buffer)
  }
}

/** A run of consecutive sealed records in one buffer. */
export interface Segment {
  buffer: Uint8Array
  /** Offset and counter of the oldest record not yet acknowledged. */
  start: number
  firstCounter: number
  /** Offset of the next byte for the carrier. */
  sent: number
  /** Offset after the last sealed record. */
  sealed: number
  /** Counter after the last sealed record. */
  endCounter: number
  /** Whether it was written to more than one carrier: an old one may still read it, so it never goes back to the pool. */
  resent: boolean
}

/** Buffers a session keeps for its own next records. */
const MAX_SPARE = 8

/**
 * The sealed records that the peer has not acknowledged, oldest first. They stay where they were sealed: what is resent
 * after a change of carrier is the same bytes.
 *
 * Their buffers are used again by this session only. Carriers do not copy, and an acknowledgement is the peer's word: one
 * that acknowledges what its own slow reading still keeps in our carrier would otherwise be sent whatever another
 * session builds in that buffer next, before it is sealed.
 */
export class SendLog {
  private readonly segments: Segment[] = []
  private spare: Uint8Array[] | undefined
  /** Whether a small, or a large buffer was needed since the last {@link SendLog.trim}. */
  private tookSmall = false
  private tookLarge = false
  private acked = 0
  /** Sealed bytes not acknowledged. */
  unackedBytes = 0
  /** Sealed bytes not yet written to the carrier. */
  unsentBytes = 0

  constructor(private readonly pool: SegmentPool) {}

  /** The segment to build the next record in, with at least `bytes` left after what is sealed. */
  tail(bytes: number, counter: number): Segment {
    const last = this.segments[this.segments.length - 1]
    if (last !== undefined && last.buffer.length - last.sealed >= bytes) return last
    const segment = {
      buffer: this.take(last === undefined ? bytes : Math.max(bytes, SMALL_SEGMENT_BYTES + 1)),
      start: 0,
      firstCounter: counter,
      sent: 0,
      sealed: 0,
      endCounter: counter,
      resent: false,
    }
    this.segments.push(segment)
    return segment
  }

  /** Notes that a record was sealed at the end of a segment. */
  sealed(segment: Segment, end: number): void {
    this.unackedBytes += end - segment.sealed
    this.unsentBytes += end - segment.sealed
    segment.sealed = end
    segment.endCounter++
  }

  /** Writes what is unsent, a segment a call, until `write` answers false. Acknowledgements may come in meanwhile. */
  flush(write: (buffer: Uint8Array, from: number, to: number) => boolean): boolean {
    let i = 0
    while (i < this.segments.length) {
      const segment = this.segments[i++]
      if (segment.sent === segment.sealed) continue
      const from = segment.sent
      segment.sent = segment.sealed
      this.unsentBytes -= segment.sealed - from
      if (!write(segment.buffer, from, segment.sealed)) return false
      i = 0
    }
    return true
  }

  /** Counter of the oldest record kept; `next` when none is. */
  oldest(next: number): number {
    return this.segments[0]?.firstCounter ?? next
  }

  /**
   * Forgets records below `counter`, but none that is still to be written: after a change of carrier the peer counts on
   * getting all from the counter it stated, though it may have got some on the old carrier meanwhile.
   *
   * @param keep - the segment a record is being built in, which must not be given up
   */
  acknowledge(counter: number, keep: Segment | undefined): void {
    if (counter > this.acked) this.acked = counter
    this.settle(keep)
  }

  /** Forgets what was acknowledged before it was written again, once it is written. */
  settle(keep: Segment | undefined): void {
    let done = 0
    for (const segment of this.segments) {
      if (segment.endCounter > this.acked || segment.sent < segment.sealed) {
        this.forgetHead(segment)
        break
      }
      this.unackedBytes -= segment.sealed - segment.start
      if (segment === keep) {
        segment.start = segment.sealed
        segment.firstCounter = segment.endCounter
        break
      }
      if (!segment.resent) this.keepSpare(segment.buffer)
      done++
    }
    if (done > 0) this.segments.splice(0, done)
  }

  /** Whether there are buffers to give up by {@link SendLog.trim}. */
  get hasSpare(): boolean {
    return this.spare !== undefined
  }

  /**
   * Gives up spare buffers of a size that was not needed since the last call, and large ones that hold next to nothing: a
   * ping now and then, which takes small ones, keeps no large ones. No record may be in the making.
   */
  trim(): void {
    const { tookSmall, tookLarge } = this
    const kept = this.spare?.filter(buffer => (buffer.length === SMALL_SEGMENT_BYTES ? tookSmall : tookLarge))
    this.spare = kept?.length === 0 ? undefined : kept
    if (!tookLarge) for (const segment of this.segments) this.shrink(segment)
    this.tookSmall = this.tookLarge = false
  }

  /** After a change of carrier: everything from `counter` on is to be written again. */
  rewind(counter: number): void {
    this.unsentBytes = 0
    for (const segment of this.segments) {
      let at = segment.start
      for (let c = segment.firstCounter; c < counter && at < segment.sealed; c++) at = nextRecord(segment.buffer, at)
      segment.resent = true
      segment.sent = at
      this.unsentBytes += segment.sealed - at
    }
  }

  /** Drops everything. Buffers that a carrier may still be writing are left to the collector instead of the pool. */
  clear(): void {
    this.segments.length = 0
    this.spare = undefined
    this.unackedBytes = 0
    this.unsentBytes = 0
  }

  private forgetHead(segment: Segment): void {
    while (segment.firstCounter < this.acked && segment.start < segment.sent) {
      const next = nextRecord(segment.buffer, segment.start)
      this.unackedBytes -= next - segment.start
      segment.start = next
      segment.firstCounter++
    }
  }

  /** Moves the little that a large segment still holds to a small one; the carrier may go on reading the old buffer. */
  private shrink(segment: Segment): void {
    const { buffer, start, sealed } = segment
    const bytes = sealed - start
    if (segment.sent < sealed || bytes > SMALL_SEGMENT_BYTES / 2 || buffer.length === SMALL_SEGMENT_BYTES) return
    segment.buffer = this.pool.take(SMALL_SEGMENT_BYTES)
    segment.buffer.set(buffer.subarray(start, sealed))
    segment.start = 0
    segment.sent = segment.sealed = bytes
  }

  private keepSpare(buffer: Uint8Array): void {
    if (this.spare === undefined) this.spare = [buffer]
    else if (this.spare.length < MAX_SPARE) this.spare.push(buffer)
  }

  private take(bytes: number): Uint8Array {
    const { spare } = this
    const size = bytes <= SMALL_SEGMENT_BYTES ? SMALL_SEGMENT_BYTES : LARGE_SEGMENT_BYTES
    if (size === SMALL_SEGMENT_BYTES) this.tookSmall = true
    else this.tookLarge = true
    if (spare === undefined) return this.pool.take(bytes)
    for (let i = spare.length - 1; i >= 0; i--) {
      const buffer = spare[i]
      if (buffer.length !== size) continue
      spare.splice(i, 1)
      return buffer
    }
    return this.pool.take(bytes)
  }
}

function nextRecord(buffer: Uint8Array, at: number): number {
  return at + RECORD.header + ((buffer[at + 1] << 8) | buffer[at + 2])
}
