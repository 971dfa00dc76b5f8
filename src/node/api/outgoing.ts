import { HyphaeError } from '../../core/errors.js'
import { isPeerId, type PeerId } from '../../core/ids.js'
import type { MessageStatus, Priority, Qos } from '../../protocols/delivery/sink.js'
import type { Failure } from '../engine/sink.js'
import { errorOf } from '../host/failure.js'
import type { Host } from '../host/host.js'
import { onAbort } from './abort.js'
import { BodyEncoder, decodeBody } from './body.js'
import { SentMessage } from './sent-message.js'

/** Options of `node.send` and `node.broadcast`. */
export interface SendOptions {
  /** 0 at most once, 1 at least once (default), 2 handled exactly once. */
  readonly qos?: Qos | undefined
  /** 0 urgent, 1 normal (default), 2 low, 3 bulk. */
  readonly priority?: Priority | undefined
  /** Fails with EXPIRED unless final after this time, ms. Default: no limit. */
  readonly lifetimeMs?: number | undefined
  /** Whether to compress the body; the configuration decides by default. */
  readonly compress?: boolean | undefined
  /** Gives the message up: it fails with ABORTED unless it is final already. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `node.request`. */
export interface RequestOptions {
  /** Gives the request up; the peer is told. */
  readonly signal?: AbortSignal | undefined
  /** Time until the answer must be here, ms. Default `requestTimeoutMs` of the node, 30,000. */
  readonly timeoutMs?: number | undefined
  /** 0 urgent, 1 normal (default), 2 low, 3 bulk. */
  readonly priority?: Priority | undefined
  /** Whether running it twice does no harm: it may then travel as early data, and a client may repeat it elsewhere. */
  readonly idempotent?: boolean | undefined
  /** Whether to compress the body; the configuration decides by default. */
  readonly compress?: boolean | undefined
}

interface PendingRequest {
  resolve(value: unknown): void
  reject(error: Error): void
  release: (() => void) | undefined
}

const DEFAULT_SEND: SendOptions = {}
const DEFAULT_REQUEST: RequestOptions = {}

/** Messages and requests of ours, from the call to their last status. */
export class Outgoing {
  /** Requests under way, by peer and the engine's token. */
  private readonly peers = new Map<PeerId, Map<number, PendingRequest>>()
  /** The id that was found right last: looking at it anew would be felt in every message. */
  private checkedPeer = ''
  /** Encodes what is sent. */
  readonly bodies = new BodyEncoder()
  private startingRequest: PendingRequest | undefined

  constructor(
    private readonly host: Host,
    private readonly requestTimeoutMs: number,
  ) {}

  /** See `HyphaeNode.send`. */
  send(peer: string, name: string, body: unknown, options: SendOptions = DEFAULT_SEND): SentMessage {
    return this.sendEncoded(peer, name, this.bodies.borrow(body), options, true)
  }

  /** {@link Outgoing.send} of a body that is encoded already. */
  sendEncoded(peer: string, name: string, body: Uint8Array, options: SendOptions, borrowed = false): SentMessage {
    const { qos = 1, signal } = options
    this.check(peer)
    const message = new SentMessage(peer, name, qos)
    if (signal?.aborted) {
      message.advance('failed', aborted(signal))
      return message
    }
    const token = this.handOver(message, body, options, borrowed)
    if (signal !== undefined && !message.isFinal) this.cancelOn(signal, message, token)
    return message
  }

  /** See `HyphaeNode.request`. */
  request(peer: string, name: string, body: unknown, options: RequestOptions = DEFAULT_REQUEST): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal } = options
      if (signal?.aborted) return reject(aborted(signal))
      const pending: PendingRequest = { resolve, reject, release: undefined }
      const requests = this.of(peer)
      const outer = this.startingRequest
      this.startingRequest = pending
      try {
        const token = this.ask(peer as PeerId, name, this.bodies.encode(body), options)
        // Already answered: the peer could not be reached at all.
        if (this.startingRequest !== pending) return
        requests.set(token, pending)
        pending.release = onAbort(signal, () => this.abortRequest(peer as PeerId, token, signal as AbortSignal))
      } finally {
        this.startingRequest = outer
      }
    })
  }

  onStatus(message: SentMessage, status: MessageStatus, failure: Failure | undefined): void {
    // A new message is `queued` from the start; a status that only repeats it is none.
    if (status !== 'queued') message.advance(status, failure)
  }

  onResponse(peer: PeerId, token: number, body: Uint8Array): void {
    const pending = this.take(peer, token)
    if (pending === undefined) return
    const decoded = decodeBody(body)
    if (decoded instanceof HyphaeError) pending.reject(decoded)
    else pending.resolve(decoded.value)
  }

  onFailure(peer: PeerId, token: number, failure: Failure): void {
    this.take(peer, token)?.reject(errorOf(failure))
  }

  /** A peer is gone: nothing is kept of it unless something still waits for it. */
  onPeerGone(peer: PeerId): void {
    if (this.peers.get(peer)?.size === 0) this.peers.delete(peer)
  }

  /** The node is closed: whatever the engine did not settle fails now. It settles every message itself. */
  close(): void {
    const error = new HyphaeError('CLOSED', 'the node was closed')
    for (const requests of this.peers.values()) {
      for (const pending of requests.values()) {
        pending.release?.()
        pending.reject(error)
      }
    }
    this.peers.clear()
  }

  private handOver(message: SentMessage, body: Uint8Array, options: SendOptions, borrowed: boolean): number {
    const { priority = 1, lifetimeMs, compress } = options
    const wanted = { qos: message.qos, priority, lifetimeMs, compress, borrowed }
    const { host } = this
    const time = host.begin(lifetimeMs === undefined)
    try {
      return host.engine.send(message.peer, message.name, body, wanted, time, message)
    } finally {
      host.leave()
    }
  }

  private ask(peer: PeerId, name: string, body: Uint8Array, options: RequestOptions): number {
    const { priority = 1, timeoutMs = this.requestTimeoutMs, compress, idempotent } = options
    const wanted = { priority, timeoutMs, compress, idempotent }
    return this.host.use((engine, time) => engine.request(peer, name, body, wanted, time))
  }

  private check(peer: string): asserts peer is PeerId {
    if (peer === this.checkedPeer) return
    checkPeer(peer)
    this.checkedPeer = peer
  }

  private of(peer: string): Map<number, PendingRequest> {
    let requests = this.peers.get(peer as PeerId)
    if (requests === undefined) {
      checkPeer(peer)
      requests = new Map()
      this.peers.set(peer, requests)
    }
    return requests
  }

  private take(peer: PeerId, token: number): PendingRequest | undefined {
    const requests = this.peers.get(peer)
    const known = requests?.get(token)
    if (known === undefined) {
      const starting = this.startingRequest
      this.startingRequest = undefined
      return starting
    }
    requests?.delete(token)
    known.release?.()
    return known
  }

  private cancelOn(signal: AbortSignal, message: SentMessage, token: number): void {
    const release = onAbort(signal, () => {
      if (!message.isFinal) this.host.use((engine, time) => engine.cancel(message.peer, token, time))
    })
    void message.then(release, release)
  }

  private abortRequest(peer: PeerId, token: number, signal: AbortSignal): void {
    const pending = this.peers.get(peer)?.get(token)
    if (pending === undefined) return
    this.peers.get(peer)?.delete(token)
    pending.release?.()
    pending.reject(aborted(signal))
    this.host.use((engine, time) => engine.cancel(peer, token, time))
  }
}

/**
 * Checks a peer id given by a caller.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkPeer(peer: string): asserts peer is PeerId {
  if (typeof peer === 'string' && isPeerId(peer)) return
  throw new HyphaeError('INVALID_ARGUMENT', `not a peer id: ${String(peer).slice(0, 64)}`, {
    remedy: 'a peer id is 52 characters of a–z and 2–7, as node.id prints it',
  })
}

/** The error of a call whose signal fired. */
export function aborted(signal: AbortSignal): HyphaeError {
  const { reason } = signal as { reason: unknown }
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new HyphaeError('TIMEOUT', 'the time of the signal is over', { cause: reason, retryable: true })
  }
  return new HyphaeError('ABORTED', 'cancelled by the caller', { cause: reason })
}
