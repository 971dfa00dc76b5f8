import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { EngineStream, StreamEvents } from '../engine/stream.js'
import { hyphaeError } from '../host/failure.js'
import type { Host } from '../host/host.js'
import { StreamGate } from './stream-gate.js'
import { StreamInflow, type TakeBytes } from './stream-inflow.js'
import { StreamOutflow } from './stream-outflow.js'

/** Codes of reset streams that hyphae itself gives; applications may use others up to 2^53 − 1. */
export const STREAM_CODE = {
  /** No particular reason. */
  none: 0,
  /** Nobody takes streams of this name. */
  noHandler: 1,
  /** The function that took the stream failed. */
  handlerFailed: 2,
  /** A signal fired. */
  aborted: 3,
  /** Functions that took streams of this peer before, which may have been reset since, are still at work. */
  tooMany: 4,
} as const

/**
 * A stream between two peers: bytes in both directions, in order, each with backpressure of its own. Survives a change of
 * carrier; ends with the session.
 *
 * `readable` and `writable` are made when first asked for. What a peer sends and nobody reads waits here, at most one
 * window (`streamWindowBytes`); then the peer waits.
 */
export class NodeStream implements StreamEvents {
  private readonly inflow: StreamInflow
  private readonly outflow: StreamOutflow
  private readonly gate: StreamGate
  private onEnded: (() => void)[] = []

  constructor(
    private readonly stream: EngineStream,
    host: Host,
  ) {
    stream.events = this
    this.gate = new StreamGate(host)
    this.inflow = new StreamInflow(stream, this.gate, cause => {
      this.fail(STREAM_CODE.handlerFailed, hyphaeError(cause, 'HANDLER_FAILED', `the taker of ${stream.name} failed`))
    })
    this.outflow = new StreamOutflow(stream, this.gate)
  }

  /** Number of the stream within its session. */
  get id(): number {
    return this.stream.id
  }

  /** The other side. */
  get peer(): PeerId {
    return this.stream.peer
  }

  /** What it was opened under. */
  get name(): string {
    return this.stream.name
  }

  /** 0 urgent … 3 bulk. */
  get priority(): number {
    return this.stream.priority
  }

  /** What the peer sends. Cancelling tells the peer to stop; a number as reason travels as code. */
  get readable(): ReadableStream<Uint8Array> {
    return this.inflow.readable
  }

  /** What we send. Closing ends our half; aborting resets it, a number as reason travels as code. */
  get writable(): WritableStream<Uint8Array> {
    return this.outflow.writable
  }

  /**
   * Sends bytes without the `writable`, for small messages at a high rate: they are copied before it returns, and many
   * calls of one turn leave together. A message has no border on the wire: the peer sees a stream.
   *
   * @returns false when the peer or the network is slower than we: wait for {@link NodeStream.drained}
   * @throws HyphaeError QUEUE_FULL (retryable) past 1 MiB that waits, STREAM_RESET, SESSION_LOST, CLOSED, INVALID_ARGUMENT
   * while a writer holds the `writable`
   * @example
   * ```ts
   * for (const line of lines) if (!stream.send(line)) await stream.drained
   * ```
   */
  send(bytes: Uint8Array): boolean {
    return this.outflow.send(bytes)
  }

  /** Resolves when nothing that was given to {@link NodeStream.send} waits here; rejects when the stream fails before. */
  get drained(): Promise<void> {
    return this.outflow.drained
  }

  /**
   * Hands everything that arrives to a function, without the `readable`. The bytes are valid until it returns, or until
   * its first `await`: copy what is kept. While a promise it returned is pending nothing more comes, and the peer waits
   * once the window is full.
   *
   * @returns resolves when the peer ended its half; rejects when the stream fails or `take` does, which resets it
   * @throws HyphaeError INVALID_ARGUMENT where the stream is read already
   * @example
   * ```ts
   * await stream.receive(bytes => hash.update(bytes))
   * ```
   */
  receive(take: TakeBytes): Promise<void> {
    return this.inflow.receive(take)
  }

  /** Bytes received that nobody has read. */
  get unreadBytes(): number {
    return this.inflow.bytes
  }

  /** Resolves when both halves are done, however they ended. */
  get closed(): Promise<void> {
    return this.gate.ended ? Promise.resolve() : new Promise(resolve => this.onEnded.push(resolve))
  }

  /** Ends our half after what was written and wants no more of the peer's. */
  close(): void {
    if (this.gate.ended) return
    this.outflow.end()
    this.inflow.giveUp(STREAM_CODE.none, new HyphaeError('CLOSED', 'the stream was closed here'))
  }

  /**
   * Gives both halves up at once.
   * @param code - tells the peer why; see {@link STREAM_CODE}, or your own
   */
  reset(code: number = STREAM_CODE.none): void {
    if (!Number.isSafeInteger(code) || code < 0) {
      throw new HyphaeError('INVALID_ARGUMENT', `code is ${code}: an integer from 0 to 2^53 − 1 is needed`)
    }
    this.fail(code, new HyphaeError('STREAM_RESET', 'the stream was reset here', { details: { streamCode: code } }))
  }

  /** Gives both halves up for a reason that local users hear. @internal */
  fail(code: number, error: HyphaeError): void {
    if (this.gate.ended) return
    this.outflow.giveUp(code, error)
    this.inflow.giveUp(code, error)
  }

  onData(buffer: Uint8Array, from: number, to: number): void {
    this.inflow.data(buffer, from, to)
  }

  onEnd(): void {
    this.inflow.end()
  }

  onReset(code: number): void {
    this.inflow.error(resetBy('the peer reset the stream', code))
  }

  onStop(code: number): void {
    this.outflow.error(resetBy('the peer wants no more of the stream', code))
  }

  onWritable(): void {
    this.outflow.room()
  }

  onClosed(lost: boolean): void {
    if (this.gate.ended) return
    this.gate.ended = true
    if (lost) {
      const error = new HyphaeError('SESSION_LOST', 'the session of the stream ended', { retryable: true })
      this.inflow.error(error)
      this.outflow.error(error)
    }
    for (const done of this.onEnded.splice(0)) done()
  }
}

function resetBy(what: string, code: number): HyphaeError {
  return new HyphaeError('STREAM_RESET', `${what} with code ${code}`, { details: { streamCode: code } })
}
