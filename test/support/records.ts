import type { RecordSink } from '../../src/ports/record-sink.js'

/** Sizes of a {@link RecordPipe}. */
export interface RecordPipeOptions {
  /** Bytes of a record's body. Default 65,519, as a session has. */
  readonly bodyBytes?: number
  /** Bytes sealed and not taken at which `reserve` answers 0. Default 1 MiB. */
  readonly maxWaitingBytes?: number
}

/** A session's records without the session: what is committed comes out of `take`, whole records in order. */
export class RecordPipe implements RecordSink {
  buffer: Uint8Array
  at = 0
  mark = 0
  /** `reserve` answered 0 since `hasRoom` was last true. */
  refused = false
  /** Records sealed so far. */
  sealed = 0
  private fill = 0
  private waitingBytes = 0
  private readonly waiting: Uint8Array[] = []
  private readonly bodyBytes: number
  private readonly maxWaitingBytes: number

  constructor(options: RecordPipeOptions = {}) {
    this.bodyBytes = options.bodyBytes ?? 65_519
    this.maxWaitingBytes = options.maxWaitingBytes ?? 1024 * 1024
    this.buffer = new Uint8Array(this.bodyBytes)
  }

  reserve(min: number, max: number): number {
    if (min > this.bodyBytes) throw new Error(`reserve(${min}) can never fit ${this.bodyBytes}`)
    if (this.bodyBytes - this.fill < min) this.seal()
    if (!this.hasRoom()) {
      this.refused = true
      return 0
    }
    this.at = this.fill
    return Math.min(max, this.bodyBytes - this.fill)
  }

  commit(bytes: number): void {
    this.fill += bytes
    this.mark++
  }

  /** Whether `reserve` would grant something. */
  hasRoom(): boolean {
    return this.waitingBytes < this.maxWaitingBytes
  }

  /** Ends the open record, if anything is in it. */
  seal(): void {
    if (this.fill === 0) return
    this.waiting.push(this.buffer.slice(0, this.fill))
    // A fresh array with other bytes: whoever writes to the sealed record after all, writes into nothing.
    this.buffer = new Uint8Array(this.bodyBytes).fill(0xee)
    this.waitingBytes += this.fill
    this.fill = 0
    this.mark++
    this.sealed++
  }

  /** The oldest sealed record, sealing the open one where there is no other. */
  take(): Uint8Array | undefined {
    if (this.waiting.length === 0) this.seal()
    const record = this.waiting.shift()
    this.waitingBytes -= record?.length ?? 0
    return record
  }
}
