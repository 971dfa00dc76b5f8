import { HyphaeError } from '../../core/errors.js'
import type { Clock } from '../../ports/clock.js'
import type { PeerId } from '../../core/ids.js'
import type { Priority } from '../../protocols/delivery/sink.js'
import type { EngineStream } from '../engine/stream.js'
import { hyphaeError } from '../host/failure.js'
import type { ConnectOptions } from './connecting.js'
import type { Host } from '../host/host.js'
import { onAbort } from './abort.js'
import type { Events } from './emitter.js'
import { checkName } from './incoming.js'
import { NodeStream, STREAM_CODE } from './node-stream.js'
import { aborted } from './outgoing.js'
import type { Running } from './running.js'

/** Takes streams of one name. Where it throws or its promise rejects the stream is reset. */
export type StreamHandler = (stream: NodeStream) => unknown

/** Options of `node.open`. */
export interface OpenOptions {
  /** Gives up waiting; once the stream is open, resets it. */
  readonly signal?: AbortSignal | undefined
  /** 0 urgent, 1 normal (default), 2 low, 3 bulk. */
  readonly priority?: Priority | undefined
  /** Time for connecting and for the peer's stream limit to let it open, ms. Default `connectionTimeoutMs`. */
  readonly timeoutMs?: number | undefined
}

/** How long {@link Streams.open} waits where the call does not say, ms. */
const DEFAULT_WAIT_MS = 30_000

/** Streams of ours and of peers. */
export class Streams {
  private readonly handlers = new Map<string, StreamHandler>()
  private readonly waiting = new Map<PeerId, (() => void)[]>()

  constructor(
    private readonly host: Host,
    private readonly events: Events,
    private readonly clock: Clock,
    /** Streams that their takers are at work on. */
    private readonly running: Running,
  ) {}

  /**
   * Registers a taker of streams.
   * @returns takes it away again
   * @throws HyphaeError INVALID_ARGUMENT for a bad name, a taken one, or no function
   */
  handle(name: string, handler: StreamHandler): () => void {
    checkName(name)
    if (typeof handler !== 'function') throw new HyphaeError('INVALID_ARGUMENT', 'the handler is not a function')
    if (this.handlers.has(name)) {
      throw new HyphaeError('INVALID_ARGUMENT', `streams of ${name} have a handler already`, { details: { name } })
    }
    this.handlers.set(name, handler)
    return () => {
      if (this.handlers.get(name) === handler) this.handlers.delete(name)
    }
  }

  /**
   * Opens a stream to a connected peer; waits while its limit allows no more.
   * @throws HyphaeError STREAM_LIMIT when it allowed none in time, ABORTED, PEER_UNREACHABLE
   */
  async open(peer: PeerId, name: string, priority: Priority, options: ConnectOptions): Promise<NodeStream> {
    checkName(name)
    const { signal, timeoutMs = DEFAULT_WAIT_MS } = options
    const untilMs = this.clock.now().monoMs + timeoutMs
    for (;;) {
      if (signal?.aborted) throw aborted(signal)
      const stream = this.tryOpen(peer, name, priority)
      if (stream !== undefined) return stream
      if (this.clock.now().monoMs >= untilMs) throw noStream(peer, timeoutMs)
      await this.available(peer, signal, untilMs)
    }
  }

  /** Opens a stream now; undefined where the peer allows no more. */
  private tryOpen(peer: PeerId, name: string, priority: Priority): NodeStream | undefined {
    return this.host.use((engine, time) => {
      const stream = engine.openStream(peer, name, priority, time)
      // In the same call, before anything can arrive.
      return stream && new NodeStream(stream, this.host)
    })
  }

  /** A peer opened a stream. */
  onStream(peer: PeerId, engineStream: EngineStream): void {
    const stream = new NodeStream(engineStream, this.host)
    const handler = this.handlers.get(engineStream.name)
    if (handler === undefined) {
      const error = new HyphaeError('NO_HANDLER', `nobody takes streams of ${engineStream.name} here`)
      return stream.fail(STREAM_CODE.noHandler, error)
    }
    if (!this.running.hasRoom(peer)) {
      const error = new HyphaeError('RATE_LIMITED', 'takers of too many streams, reset ones among them, are at work')
      return stream.fail(STREAM_CODE.tooMany, error)
    }
    const failed = (cause: unknown): void => {
      const error = hyphaeError(cause, 'HANDLER_FAILED', `the taker of streams of ${engineStream.name} failed`)
      stream.fail(STREAM_CODE.handlerFailed, error)
      this.events.error('handler', error, peer)
    }
    try {
      const result = handler(stream)
      if (!(result instanceof Promise)) return
      this.running.begin(peer)
      void result.catch(failed).finally(() => this.running.end(peer))
    } catch (error) {
      failed(error)
    }
  }

  /** A peer allows more streams, or is gone: whoever waits looks again. */
  onAvailable(peer: PeerId): void {
    const waiting = this.waiting.get(peer)
    this.waiting.delete(peer)
    for (const wake of waiting ?? []) wake()
  }

  /** The node is closed. */
  close(): void {
    for (const peer of [...this.waiting.keys()]) this.onAvailable(peer)
  }

  private available(peer: PeerId, signal: AbortSignal | undefined, untilMs: number): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        release?.()
        cancel()
        resolve()
      }
      const release = onAbort(signal, wake)
      const cancel = this.clock.wakeAt(untilMs, wake)
      const waiting = this.waiting.get(peer)
      if (waiting === undefined) this.waiting.set(peer, [wake])
      else waiting.push(wake)
    })
  }
}

function noStream(peer: PeerId, timeoutMs: number): HyphaeError {
  const text = `${peer} allowed no further stream within ${timeoutMs} ms`
  return new HyphaeError('STREAM_LIMIT', text, { retryable: true, details: { timeoutMs } })
}
