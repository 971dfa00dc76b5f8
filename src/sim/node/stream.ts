import { concat } from '../../core/bytes.js'
import type { EngineStream, StreamEvents } from '../../node/engine/stream.js'

/** What a simulated stream needs of its node: every call from outside goes through it. */
export interface StreamHome {
  /** Does something with the engine, with the time set and a flush after it. */
  enter(work: () => void): void
}

/** One stream of a simulated node, with what came and what became of it. */
export class SimStream implements StreamEvents {
  /** Takes bytes as they come; off, a reader that stands still. */
  reading = true
  /** Keeps the bytes that came. */
  keep = true
  receivedBytes = 0
  ended = false
  resetCode: number | undefined
  stopCode: number | undefined
  closed = false
  /** The session ended under it. */
  lost = false
  private readonly pieces: Uint8Array[] = []
  private readonly waiting: { bytes: Uint8Array; at: number }[] = []
  private endAsked = false
  private unconsumed = 0

  constructor(
    private readonly home: StreamHome,
    private readonly stream: EngineStream,
  ) {
    stream.events = this
  }

  get name(): string {
    return this.stream.name
  }

  get id(): number {
    return this.stream.id
  }

  /** Bytes given to {@link SimStream.write} that the stream has not taken. */
  get waitingBytes(): number {
    return this.waiting.reduce((sum, piece) => sum + piece.bytes.length - piece.at, 0)
  }

  /** Everything that came. */
  received(): Uint8Array {
    return concat(...this.pieces)
  }

  /** Sends bytes as credit and carrier allow. They must not change until taken. */
  write(bytes: Uint8Array): void {
    this.waiting.push({ bytes, at: 0 })
    this.home.enter(() => this.push())
  }

  /** Ends our half after what was written. */
  end(): void {
    this.endAsked = true
    this.home.enter(() => this.push())
  }

  /** Gives our half up. */
  reset(code: number): void {
    this.waiting.length = 0
    this.home.enter(() => this.stream.reset(code))
  }

  /** Asks the peer to send no more. */
  stop(code: number): void {
    this.home.enter(() => this.stream.stop(code))
  }

  /** Begins or stops to take bytes. */
  read(reading: boolean): void {
    this.reading = reading
    const due = this.unconsumed
    if (!reading || due === 0) return
    this.unconsumed = 0
    this.home.enter(() => this.stream.consume(due))
  }

  onData(buffer: Uint8Array, from: number, to: number): void {
    if (this.keep) this.pieces.push(buffer.slice(from, to))
    this.receivedBytes += to - from
    if (this.reading) this.stream.consume(to - from)
    else this.unconsumed += to - from
  }

  onEnd(): void {
    this.ended = true
  }

  onReset(code: number): void {
    this.resetCode = code
  }

  onStop(code: number): void {
    this.stopCode = code
    this.waiting.length = 0
  }

  onWritable(): void {
    this.push()
  }

  onClosed(lost: boolean): void {
    this.closed = true
    this.lost = lost
    this.waiting.length = 0
  }

  private push(): void {
    for (let piece = this.waiting[0]; piece !== undefined && !this.closed; piece = this.waiting[0]) {
      piece.at += this.stream.write(piece.bytes, piece.at, piece.bytes.length)
      if (piece.at < piece.bytes.length) return
      this.waiting.shift()
    }
    if (!this.endAsked || this.closed) return
    this.endAsked = false
    this.stream.end()
  }
}
