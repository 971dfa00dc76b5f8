import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Clock } from '../../ports/clock.js'
import { hyphaeError } from '../host/failure.js'
import type { Host } from '../host/host.js'
import { onAbort } from './abort.js'
import type { ConnectOptions } from './connecting.js'
import { aborted, checkPeer } from './outgoing.js'

interface Waiting {
  resolve(rttMs: number): void
  reject(error: Error): void
}

/** Calls that wait for the answer to a ping. Several to one peer share one. */
export class Pings {
  private readonly waiting = new Map<PeerId, Set<Waiting>>()

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** See `HyphaeNode.ping`. */
  ping(peer: string, options: ConnectOptions = {}): Promise<number> {
    const { signal, timeoutMs = this.timeoutMs } = options
    return new Promise((resolve, reject) => {
      checkPeer(peer)
      if (signal?.aborted) return reject(aborted(signal))
      const entry: Waiting = {
        resolve: rttMs => leave(() => resolve(rttMs)),
        reject: error => leave(() => reject(error)),
      }
      const disarm = this.clock.wakeAt(this.clock.now().monoMs + timeoutMs, () =>
        entry.reject(new HyphaeError('TIMEOUT', `no answer to a ping within ${timeoutMs} ms`, { retryable: true })),
      )
      const release = onAbort(signal, () => entry.reject(aborted(signal as AbortSignal)))
      const leave = (settle: () => void): void => {
        disarm()
        release?.()
        this.waiting.get(peer)?.delete(entry)
        settle()
      }
      this.add(peer, entry)
    })
  }

  onPong(peer: PeerId, rttMs: number): void {
    this.settle(peer, entry => entry.resolve(rttMs))
  }

  onGone(peer: PeerId): void {
    this.settle(peer, entry => entry.reject(new HyphaeError('SESSION_LOST', 'the peer is gone', { retryable: true })))
  }

  /** The node is closed. */
  close(): void {
    for (const peer of [...this.waiting.keys()]) {
      this.settle(peer, entry => entry.reject(new HyphaeError('CLOSED', 'the node was closed')))
    }
  }

  private add(peer: PeerId, entry: Waiting): void {
    const waiting = this.waiting.get(peer)
    if (waiting === undefined) this.waiting.set(peer, new Set([entry]))
    else waiting.add(entry)
    this.host.run(time => {
      try {
        this.host.engine.ping(peer, time)
      } catch (error) {
        entry.reject(hyphaeError(error, 'PEER_UNREACHABLE', 'ping'))
      }
    })
  }

  private settle(peer: PeerId, how: (entry: Waiting) => void): void {
    const waiting = this.waiting.get(peer)
    this.waiting.delete(peer)
    for (const entry of [...(waiting ?? [])]) how(entry)
  }
}
