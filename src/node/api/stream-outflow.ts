import { HyphaeError } from '../../core/errors.js'
import type { EngineStream } from '../engine/stream.js'
import { streamCodeOf } from './stream-code.js'
import type { StreamGate } from './stream-gate.js'

/** Bytes that may wait in the writable before its writer is asked to. */
const HIGH_WATER_BYTES = 64 * 1024

/** Bytes that may wait here for those who send without the writable and do not wait for `drained`. */
const MAX_BACKLOG_BYTES = 1024 * 1024

interface Writing {
  readonly chunk: Uint8Array
  at: number
  resolve(): void
  reject(error: Error): void
}

/** The writing half of a stream: a write is done when the session took its last byte. */
export class StreamOutflow {
  private state: HyphaeError | 'open' | 'done' = 'open'
  private writing: Writing | undefined
  /** What {@link StreamOutflow.send} could not hand on at once. */
  private backlog: Uint8Array[] = []
  private backlogBytes = 0
  private ending = false
  private waiters: { resolve(): void; reject(error: Error): void }[] = []
  private controller: WritableStreamDefaultController | undefined
  private made: WritableStream<Uint8Array> | undefined

  constructor(
    private readonly stream: EngineStream,
    private readonly gate: StreamGate,
  ) {}

  get writable(): WritableStream<Uint8Array> {
    return (this.made ??= this.make())
  }

  /**
   * Sends bytes at once; what the session does not take now is copied and follows.
   * @returns false where something waits: the caller had better wait for {@link StreamOutflow.drained}
   */
  send(bytes: Uint8Array): boolean {
    if (this.state !== 'open') throw this.state === 'done' ? closed() : this.state
    if (this.made?.locked === true) {
      throw new HyphaeError('INVALID_ARGUMENT', 'somebody writes through the writable of this stream', {
        remedy: 'use either send() or the writer, or release the writer first',
      })
    }
    const taken = this.backlogBytes === 0 ? this.writeNow(bytes) : 0
    return taken === bytes.length || this.keep(bytes.subarray(taken))
  }

  /** Resolves when nothing waits; rejects when the stream fails before. */
  get drained(): Promise<void> {
    if (this.backlogBytes === 0) return Promise.resolve()
    const drained = new Promise<void>((resolve, reject) => this.waiters.push({ resolve, reject }))
    drained.catch(() => undefined)
    return drained
  }

  /** The session takes more. Called from inside the engine. */
  room(): void {
    if (this.backlogBytes > 0 && !this.writeBacklog()) return
    const { writing } = this
    if (writing === undefined) return
    const { chunk } = writing
    writing.at += this.stream.write(chunk, writing.at, chunk.length)
    if (writing.at < chunk.length) return
    this.writing = undefined
    this.endIfAsked()
    writing.resolve()
  }

  /** The peer wants no more, or the session ended. */
  error(error: HyphaeError): void {
    if (this.state !== 'open' && !this.ending) return
    this.state = error
    this.ending = false
    this.drop(error)
    this.controller?.error(error)
  }

  /** Ends our half after what was written. */
  end(): void {
    if (this.state !== 'open') return
    this.state = 'done'
    if (this.backlogBytes > 0 || this.writing !== undefined) this.ending = true
    else this.gate.act(() => this.stream.end())
  }

  /** We give our half up. */
  giveUp(code: number, error: HyphaeError): void {
    if (this.state !== 'open' && !this.ending) return
    this.gate.act(() => this.stream.reset(code))
    this.error(error)
  }

  private writeNow(bytes: Uint8Array): number {
    if (!this.gate.enter()) return 0
    try {
      return this.stream.write(bytes, 0, bytes.length)
    } finally {
      this.gate.leave()
    }
  }

  private keep(rest: Uint8Array): false {
    if (this.backlogBytes + rest.length > MAX_BACKLOG_BYTES && this.backlogBytes > 0) {
      throw new HyphaeError('QUEUE_FULL', `${this.backlogBytes} bytes wait to be sent on this stream`, {
        remedy: 'wait for stream.drained whenever send() answers false',
        retryable: true,
        details: { limit: 'maxBacklogBytes', value: MAX_BACKLOG_BYTES },
      })
    }
    this.backlog.push(rest.slice())
    this.backlogBytes += rest.length
    return false
  }

  /** Whether all of it went. */
  private writeBacklog(): boolean {
    while (this.backlog.length > 0) {
      const piece = this.backlog[0]
      const taken = this.stream.write(piece, 0, piece.length)
      this.backlogBytes -= taken
      if (taken < piece.length) {
        this.backlog[0] = piece.subarray(taken)
        return false
      }
      this.backlog.shift()
    }
    if (this.writing === undefined) this.endIfAsked()
    for (const { resolve } of this.waiters.splice(0)) resolve()
    return true
  }

  /** What was written before the end is gone: now the end may follow. */
  private endIfAsked(): void {
    if (!this.ending) return
    this.ending = false
    this.stream.end()
  }

  /** Nothing that waits will be written. */
  private drop(error: Error): void {
    this.writing?.reject(error)
    this.writing = undefined
    this.backlog = []
    this.backlogBytes = 0
    for (const { reject } of this.waiters.splice(0)) reject(error)
  }

  private make(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>(
      {
        start: controller => {
          this.controller = controller
          if (typeof this.state === 'object') controller.error(this.state)
        },
        write: chunk => this.write(chunk),
        close: () => this.close(),
        abort: reason => this.abort(reason),
      },
      { highWaterMark: HIGH_WATER_BYTES, size: chunk => (chunk as Uint8Array | undefined)?.byteLength ?? 1 },
    )
  }

  private write(chunk: unknown): Promise<void> | undefined {
    if (!(chunk instanceof Uint8Array)) {
      throw new HyphaeError('INVALID_ARGUMENT', 'streams carry Uint8Array chunks only', {
        remedy: 'encode it first, for instance through a TextEncoderStream',
      })
    }
    if (this.state !== 'open') throw this.state === 'done' ? closed() : this.state
    const taken = this.backlogBytes === 0 ? this.writeNow(chunk) : 0
    if (taken === chunk.length) return undefined
    return new Promise((resolve, reject) => (this.writing = { chunk, at: taken, resolve, reject }))
  }

  private close(): void {
    if (typeof this.state === 'object') throw this.state
    this.end()
  }

  private abort(reason: unknown): void {
    if (this.state !== 'open') return
    this.state = 'done'
    // The chunk that was being written is given up with the rest.
    this.drop(closed())
    this.gate.act(() => this.stream.reset(streamCodeOf(reason)))
  }
}

function closed(): HyphaeError {
  return new HyphaeError('CLOSED', 'the writing half of the stream was closed')
}
