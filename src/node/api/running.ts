import type { PeerId } from '../../core/ids.js'
import { DELIVERY_DEFAULTS } from '../../protocols/delivery/config.js'
import { DEFAULT_MUX_LIMITS } from '../../protocols/mux/config.js'
import type { NodeOptions } from './options.js'

interface Load {
  count: number
  bytes: number
}

/**
 * Handlers at work for each peer, those included whose request or stream the peer gave up: what it opens and cancels
 * in a loop frees its place in the protocol at once, but what a handler holds only when it ends.
 */
export class Running {
  private readonly loads = new Map<PeerId, Load>()

  /**
   * @param maxCount - handlers of one peer at work at once
   * @param maxBytes - bodies they were given, bytes
   */
  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number = Infinity,
  ) {}

  /** Peers with handlers at work. */
  get size(): number {
    return this.loads.size
  }

  /** Whether one more handler may begin for a peer. */
  hasRoom(peer: PeerId, bytes = 0): boolean {
    const load = this.loads.get(peer)
    return load === undefined || (load.count < this.maxCount && load.bytes + bytes <= this.maxBytes)
  }

  /** A handler works on. */
  begin(peer: PeerId, bytes = 0): void {
    const load = this.loads.get(peer)
    if (load === undefined) this.loads.set(peer, { count: 1, bytes })
    else {
      load.count++
      load.bytes += bytes
    }
  }

  /** A handler that had begun ended. */
  end(peer: PeerId, bytes = 0): void {
    const load = this.loads.get(peer)
    if (load === undefined) return
    load.bytes -= bytes
    if (--load.count === 0) this.loads.delete(peer)
  }
}

/** Handlers of requests that may be at work for a peer beside those it still waits for: as many again. */
export function runningRequests({ maxConcurrentRequests }: NodeOptions): Running {
  const { maxConcurrentRequests: usual, maxConcurrentRequestBytes: bytes } = DELIVERY_DEFAULTS
  return new Running(2 * (maxConcurrentRequests ?? usual), 2 * bytes)
}

/** The same for streams. */
export function runningStreams({ maxConcurrentStreams }: NodeOptions): Running {
  return new Running(2 * (maxConcurrentStreams ?? DEFAULT_MUX_LIMITS.maxStreams))
}
