import { EMPTY } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { RecordSink } from '../../ports/record-sink.js'
import { RECORD, RECORD_TYPE } from '../../wire/records.js'
import type { RecordSealer } from '../../crypto/session/cipher.js'
import type { SessionConfig } from './config.js'
import type { SessionSink } from './sink.js'
import { type Segment, type SegmentPool, SendLog } from './segments.js'

/** Time between two looks at buffers that are not needed, ms. */
const TRIM_MS = 10_000

/** Ends the session: its keys are used up (PROTOCOL §6 row 18), or the peer acknowledges nothing. */
export type WriterFails = (code: ErrorCode, reason: string) => void

/**
 * Builds records in place and keeps them until they are acknowledged. Frames of the multiplexer go through
 * {@link RecordSink}; control records are sealed at once, after the data record in the making.
 */
export class RecordWriter implements RecordSink {
  buffer: Uint8Array = EMPTY
  at = 0
  /** Whether a `reserve` was refused since the last time there was room. */
  starved = false
  /** Changes whenever a record is sealed or bytes are committed: a frame may be extended only while it stands still. */
  mark = 0
  readonly log: SendLog
  /** When {@link RecordWriter.trim} has something to do, monoMs. */
  trimAtMs: number | undefined
  private segment: Segment | undefined
  private open = 0
  private fill = 0
  private nowMs = 0
  private full = false
  /** Counter after the last sealed record that the peer acknowledges. */
  private owed = 0

  constructor(
    private readonly sealer: RecordSealer,
    private readonly config: SessionConfig,
    private readonly sink: Pick<SessionSink, 'wantFlush'>,
    private readonly fail: WriterFails,
    pool: SegmentPool,
  ) {
    this.log = new SendLog(pool)
  }

  reserve(min: number, max: number): number {
    if (this.segment !== undefined && this.left() < min) this.sealOpen()
    if (this.segment === undefined && !this.begin(min)) return 0
    this.at = this.fill
    const left = this.left()
    return left < max ? left : max
  }

  commit(bytes: number): void {
    this.fill += bytes
    this.mark++
    this.sink.wantFlush()
  }

  /** Tells the time by which phases age; every entry into the session does. */
  setTime(monoMs: number): void {
    this.nowMs = monoMs
  }

  /** Seals a control record right now. */
  control(type: number, ...parts: readonly Uint8Array[]): void {
    this.sealOpen()
    let length = 0
    for (const part of parts) length += part.length
    const segment = this.log.tail(RECORD.overhead + length, this.sealer.counter)
    let at = segment.sealed + RECORD.header
    segment.buffer[at++] = type
    for (const part of parts) {
      segment.buffer.set(part, at)
      at += part.length
    }
    this.finish(segment, segment.sealed, at)
    if (this.log.unackedBytes > this.config.maxUnackedBytes + LIMITS.maxUnackedControlBytes) {
      this.fail('LIMIT_EXCEEDED', 'the peer acknowledges nothing')
    }
    this.sink.wantFlush()
  }

  /** Seals the data record in the making, if there is one. */
  sealOpen(): void {
    const segment = this.segment
    if (segment === undefined) return
    this.segment = undefined
    if (this.fill > this.open + RECORD.header + RECORD.type) this.finish(segment, this.open, this.fill)
  }

  /** Seals and writes what there is. Answers whether the carrier still takes more. */
  flush(write: (buffer: Uint8Array, from: number, to: number) => boolean): boolean {
    this.sealOpen()
    const more = this.log.flush(write)
    this.log.settle(this.segment)
    return more
  }

  /** Whether a `reserve` would be refused now. */
  get isFull(): boolean {
    return (
      this.full ||
      this.log.unackedBytes >= this.config.maxUnackedBytes ||
      this.log.unsentBytes >= this.config.maxUnsentBytes
    )
  }

  /** Forgets acknowledged records. */
  acknowledge(counter: number): void {
    this.log.acknowledge(counter, this.segment)
    this.planTrim()
  }

  /**
   * Gives up buffers that were needed once, in a session that has nothing to say any more.
   * @returns whether none is left: the session has been quiet for a while
   */
  trim(): boolean {
    if (this.trimAtMs === undefined || this.nowMs < this.trimAtMs) return false
    this.trimAtMs = undefined
    if (this.segment === undefined) {
      this.log.trim()
      // It may be one that the log gave up long ago.
      this.buffer = EMPTY
    }
    this.planTrim()
    return this.trimAtMs === undefined
  }

  /** The carrier changed: what the peer lacks is to be written again, the rest is forgotten. */
  rewind(counter: number): void {
    this.sealOpen()
    this.log.rewind(counter)
    this.log.acknowledge(counter, undefined)
  }

  /** Ends writing: every further `reserve` is refused. */
  stop(): void {
    this.full = true
    this.segment = undefined
    this.buffer = EMPTY
    this.log.clear()
  }

  private planTrim(): void {
    if (this.log.hasSpare || this.buffer !== EMPTY) this.trimAtMs ??= this.nowMs + TRIM_MS
  }

  private begin(min: number): boolean {
    if (this.isFull) {
      this.starved = true
      return false
    }
    const segment = this.log.tail(RECORD.overhead + min, this.sealer.counter)
    this.segment = segment
    this.buffer = segment.buffer
    this.open = segment.sealed
    this.fill = this.open + RECORD.header + RECORD.type
    segment.buffer[this.fill - 1] = RECORD_TYPE.data
    return true
  }

  private left(): number {
    const inRecord = this.open + RECORD.header + RECORD.type + RECORD.maxBody - this.fill
    const inBuffer = this.buffer.length - RECORD.tag - this.fill
    return inRecord < inBuffer ? inRecord : inBuffer
  }

  /** Bytes of the log while anything in it wants an acknowledgement: mere ACK records may stay unacknowledged for long. */
  get owedBytes(): number {
    return this.log.oldest(this.sealer.counter) < this.owed ? this.log.unackedBytes : 0
  }

  private finish(segment: Segment, at: number, end: number): void {
    this.mark++
    const isAck = segment.buffer[at + RECORD.header] === RECORD_TYPE.ack
    const after = this.sealer.seal(segment.buffer, at, end, this.nowMs)
    if (after < 0) this.fail('SESSION_LOST', 'the keys of this session are used up')
    else this.log.sealed(segment, after)
    if (!isAck) this.owed = this.sealer.counter
  }
}
