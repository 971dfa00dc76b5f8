import { HyphaeError } from '../../core/errors.js'
import type { EngineStream } from '../engine/stream.js'
import { streamCodeOf } from './stream-code.js'
import type { StreamGate } from './stream-gate.js'

/** Largest chunk that small pieces are gathered to while nobody reads, and the smallest piece of memory for one. */
const MAX_GATHER_BYTES = 64 * 1024
const MIN_GATHER_BYTES = 256

/** Takes what arrives without the readable. */
export type TakeBytes = (bytes: Uint8Array) => unknown

interface Taker {
  readonly take: TakeBytes
  /** Whether its promise for the last piece is pending. */
  busy: boolean
  resolve(): void
  reject(error: unknown): void
}

type State = HyphaeError | 'open' | 'ended' | 'done'

/**
 * The reading half of a stream. Credit goes back to the peer when bytes are handed to the reader, not before, so that what
 * waits here never exceeds the window.
 */
export class StreamInflow {
  /** Bytes that wait for a reader. */
  bytes = 0
  private chunks: Uint8Array[] = []
  private state: State = 'open'
  private wanted = false
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined
  private made: ReadableStream<Uint8Array> | undefined
  private taker: Taker | undefined

  constructor(
    private readonly stream: EngineStream,
    private readonly gate: StreamGate,
    /** Where a taker's failure is told, so that both halves end. */
    private readonly onTakerFailed: (error: unknown) => void,
  ) {}

  get readable(): ReadableStream<Uint8Array> {
    if (this.taker !== undefined) throw readTwice()
    return (this.made ??= this.make())
  }

  /** Hands everything to a function instead; resolves at the end. */
  receive(take: TakeBytes): Promise<void> {
    if (this.taker !== undefined || this.made !== undefined) throw readTwice()
    const done = new Promise<void>((resolve, reject) => {
      this.taker = { take, busy: false, resolve, reject }
      if (typeof this.state === 'object') reject(this.state)
      else this.feed()
    })
    // Who only wants the bytes need not wait for the end.
    done.catch(() => undefined)
    return done
  }

  data(buffer: Uint8Array, from: number, to: number): void {
    if (this.state !== 'open') {
      // Nobody reads any more, and what is on its way must not hold the window of the session.
      this.stream.consume(to - from)
      return
    }
    if (this.taker !== undefined && !this.taker.busy && this.chunks.length === 0) {
      if (this.hand(this.taker, buffer.subarray(from, to))) this.stream.consume(to - from)
      return
    }
    if (this.wanted && this.chunks.length === 0 && this.controller !== undefined) {
      this.wanted = false
      this.stream.consume(to - from)
      this.controller.enqueue(buffer.slice(from, to))
      return
    }
    this.bytes += to - from
    this.keep(buffer, from, to)
  }

  end(): void {
    if (this.state !== 'open') return
    this.state = 'ended'
    this.finish()
  }

  /** The peer gave up or the session ended: what was received and not read is gone too. An end that came stays one. */
  error(error: HyphaeError): void {
    if (this.state !== 'open') return
    this.state = error
    this.drop()
    this.controller?.error(error)
    this.taker?.reject(error)
  }

  /** We want no more. */
  giveUp(code: number, error: HyphaeError): void {
    if (this.state !== 'open' && this.state !== 'ended') return
    this.gate.act(() => this.leave(code))
    this.state = error
    this.controller?.error(error)
    this.taker?.reject(error)
  }

  /** Hands on what waits, as far as the taker is ready. */
  private feed(): void {
    const { taker } = this
    while (taker !== undefined && !taker.busy && this.chunks.length > 0 && typeof this.state !== 'object') {
      const chunk = this.chunks[0]
      this.chunks.shift()
      this.bytes -= chunk.length
      if (this.hand(taker, chunk)) this.gate.act(() => this.stream.consume(chunk.length))
    }
    this.finish()
  }

  /** Gives a taker its next piece; whether its credit can go back now. */
  private hand(taker: Taker, bytes: Uint8Array): boolean {
    const { length } = bytes
    let result: unknown
    try {
      result = taker.take(bytes)
    } catch (error) {
      this.takerFailed(taker, error)
      return true
    }
    if (!(result instanceof Promise)) return true
    taker.busy = true
    result.then(
      () => {
        taker.busy = false
        this.gate.act(() => this.stream.consume(length))
        this.feed()
      },
      (error: unknown) => {
        this.gate.act(() => this.stream.consume(length))
        this.takerFailed(taker, error)
      },
    )
    return false
  }

  private takerFailed(taker: Taker, error: unknown): void {
    taker.reject(error)
    this.onTakerFailed(error)
  }

  private leave(code: number): void {
    if (this.state === 'open') this.stream.stop(code)
    this.drop()
  }

  private make(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.controller = controller
          if (typeof this.state === 'object') controller.error(this.state)
          else this.finish()
        },
        pull: () => this.pull(),
        cancel: reason => this.cancel(reason),
      },
      // Nothing is fetched ahead of the reader: all that waits is counted here.
      { highWaterMark: 0 },
    )
  }

  private pull(): void {
    const chunk = this.chunks.shift()
    if (chunk === undefined) {
      this.wanted = true
      return
    }
    this.bytes -= chunk.length
    this.gate.act(() => this.stream.consume(chunk.length))
    this.controller?.enqueue(chunk)
    this.finish()
  }

  private cancel(reason: unknown): void {
    if (this.state === 'done') return
    this.gate.act(() => this.leave(streamCodeOf(reason)))
    this.state = 'done'
  }

  /** Closes the readable once all that came before the end was read. */
  private finish(): void {
    const { taker, controller } = this
    if (this.state !== 'ended' || this.chunks.length > 0 || taker?.busy === true) return
    if (taker === undefined && controller === undefined) return
    this.state = 'done'
    controller?.close()
    taker?.resolve()
  }

  /** Copies bytes, small ones into the room left in the last chunk: many tiny chunks would cost more than their content. */
  private keep(buffer: Uint8Array, from: number, to: number): void {
    const last = this.chunks.at(-1)
    const length = to - from
    const room = last === undefined ? 0 : last.buffer.byteLength - last.byteOffset - last.length
    if (last !== undefined && room >= length) {
      const longer = new Uint8Array(last.buffer, last.byteOffset, last.length + length)
      longer.set(buffer.subarray(from, to), last.length)
      this.chunks[this.chunks.length - 1] = longer
      return
    }
    // Room in proportion to what waits already, so that a thousand streams with a byte each take no megabytes.
    const gather = Math.min(MAX_GATHER_BYTES, Math.max(MIN_GATHER_BYTES, this.bytes))
    const memory = new Uint8Array(Math.max(length, gather))
    memory.set(buffer.subarray(from, to))
    this.chunks.push(memory.subarray(0, length))
  }

  private drop(): void {
    if (this.bytes > 0) this.stream.consume(this.bytes)
    this.chunks = []
    this.bytes = 0
  }
}

function readTwice(): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', 'the stream is read already', {
    remedy: 'read it either through readable or by receive(), once',
  })
}
