import { HyphaeError } from '../../core/errors.js'
import { isPeerId, type PeerId } from '../../core/ids.js'
import { formatAddress, parseAddress } from '../../wire/address.js'
import type { Failure } from '../engine/sink.js'
import { errorOf, hyphaeError } from '../host/failure.js'
import type { Host } from '../host/host.js'
import { onAbort } from './abort.js'
import { aborted, checkPeer } from './outgoing.js'

/** Options of `node.connect`. */
export interface ConnectOptions {
  /** Gives up. */
  readonly signal?: AbortSignal | undefined
  /** Time until the session must be authenticated, ms. Default `connectionTimeoutMs`. */
  readonly timeoutMs?: number | undefined
}

interface Waiting {
  resolve(peer: PeerId): void
  reject(error: Error): void
  release: (() => void) | undefined
}

type Outcome = { readonly peer: PeerId | undefined; readonly failure: Failure | undefined }

/** Calls that wait for a connection. */
export class Connecting {
  private readonly waiting = new Map<number, Waiting>()
  /** An outcome that came before the engine had told its token. */
  private early = new Map<number, Outcome>()

  constructor(
    private readonly host: Host,
    private readonly timeoutMs: number,
  ) {}

  /** See `HyphaeNode.connect`. */
  connect(target: string, options: ConnectOptions = {}): Promise<PeerId> {
    const { timeoutMs = this.timeoutMs } = options
    if (!(timeoutMs > 0 && timeoutMs <= 86_400_000)) {
      return Promise.reject(
        new HyphaeError('INVALID_ARGUMENT', `timeoutMs is ${String(timeoutMs)}: 1 to 86400000 is needed`),
      )
    }
    try {
      this.host.check()
      const wanted = readTarget(target)
      const reached = wanted.peer === undefined ? this.reached(wanted.addresses[0]) : undefined
      if (reached !== undefined) return Promise.resolve(reached)
      return this.ask((engine, time) => engine.connect(wanted, { timeoutMs }, time), options.signal)
    } catch (error) {
      return Promise.reject(hyphaeError(error, 'INVALID_ARGUMENT', 'connect'))
    }
  }

  /** See `HyphaeNode.migrate`. */
  async migrate(peer: string, address: string, options: ConnectOptions = {}): Promise<void> {
    checkPeer(peer)
    const wanted = bare(address)
    await this.ask((engine, time) => engine.migrate(peer, wanted, time), options.signal)
  }

  onResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void {
    const waiting = this.waiting.get(token)
    if (waiting === undefined) {
      this.early.set(token, { peer, failure })
      return
    }
    this.waiting.delete(token)
    waiting.release?.()
    settle(waiting, { peer, failure })
  }

  /** The node is closed. */
  close(): void {
    const error = new HyphaeError('CLOSED', 'the node was closed')
    for (const waiting of this.waiting.values()) {
      waiting.release?.()
      waiting.reject(error)
    }
    this.waiting.clear()
  }

  /** The peer that is connected at this very address: the connection there is serves once more. */
  private reached(address: string): PeerId | undefined {
    const peers = this.host.use(engine => engine.peers(), true)
    return peers.find(peer => peer.state === 'connected' && peer.address === address && peer.direction === 'outbound')
      ?.id
  }

  private ask(
    start: (engine: Host['engine'], time: ReturnType<Host['now']>) => number,
    signal: AbortSignal | undefined,
  ): Promise<PeerId> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(signal))
      const waiting: Waiting = { resolve, reject, release: undefined }
      let left = false
      waiting.release = onAbort(signal, () => {
        left = true
        reject(aborted(signal as AbortSignal))
      })
      // Dialling may not begin inside a callback of the engine, where this may have been called from.
      this.host.run(time => {
        if (!left) this.start(() => start(this.host.engine, time), waiting, signal)
      })
    })
  }

  private start(start: () => number, waiting: Waiting, signal: AbortSignal | undefined): void {
    try {
      const token = start()
      const early = this.early.get(token)
      this.early.clear()
      waiting.release?.()
      if (early !== undefined) return settle(waiting, early)
      waiting.release = onAbort(signal, () => this.cancel(token, signal as AbortSignal))
      this.waiting.set(token, waiting)
    } catch (error) {
      waiting.release?.()
      waiting.reject(hyphaeError(error, 'INTERNAL', 'connect'))
    }
  }

  private cancel(token: number, signal: AbortSignal): void {
    const waiting = this.waiting.get(token)
    if (waiting === undefined) return
    this.waiting.delete(token)
    waiting.release?.()
    waiting.reject(aborted(signal))
    this.host.run(time => this.host.engine.cancelConnect(token, time))
  }
}

function settle(waiting: Waiting, { peer, failure }: Outcome): void {
  if (peer !== undefined) waiting.resolve(peer)
  else waiting.reject(failure ? errorOf(failure) : new HyphaeError('INTERNAL', 'neither a peer nor a reason'))
}

/**
 * A peer id, or an address that may name one.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function readTarget(target: string): { peer?: PeerId; addresses: readonly string[] } {
  if (typeof target !== 'string') throw new HyphaeError('INVALID_ARGUMENT', 'connect to a peer id or an address')
  if (isPeerId(target)) return { peer: target, addresses: [] }
  const { peerId } = parseAddress(target)
  return { ...(peerId === undefined ? {} : { peer: peerId }), addresses: [bare(target)] }
}

/** An address in its one spelling and without the peer it names. */
export function bare(address: string): string {
  const { scheme, host, port, path } = parseAddress(address)
  return formatAddress({ scheme, host, port, path })
}
