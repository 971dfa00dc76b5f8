/** How long a peer that failed is asked only if no other is left, ms. */
const REST_MS = 5000

interface PeerLoad {
  inFlight: number
  /** Failed last at this time; undefined after a success. */
  failedMs: number | undefined
}

/** Spreads calls over peers: the fewest under way first, in turn between equals; those that just failed come last. */
export class Balancer {
  private readonly loads = new Map<string, PeerLoad>()
  private turn = 0

  constructor(private readonly peers: () => readonly string[]) {}

  /**
   * Picks a peer and counts a call to it.
   *
   * @param except - peers that were tried already
   * @returns undefined where none is left
   */
  take(except: ReadonlySet<string>, nowMs: number): string | undefined {
    const peers = this.peers()
    this.forget(peers)
    const start = this.turn % Math.max(1, peers.length)
    let best: string | undefined
    let bestRank = Infinity
    let bestAt = 0
    for (let i = 0; i < peers.length; i++) {
      const at = (start + i) % peers.length
      const peer = peers[at]
      if (except.has(peer)) continue
      const rank = this.rank(peer, nowMs)
      if (rank >= bestRank) continue
      best = peer
      bestRank = rank
      bestAt = at
    }
    if (best === undefined) return undefined
    this.turn = bestAt + 1
    this.load(best).inFlight++
    return best
  }

  /** A call ended; `failedMs` says when, where it is the peer's fault. */
  give(peer: string, failedMs: number | undefined): void {
    const load = this.load(peer)
    load.inFlight--
    load.failedMs = failedMs
  }

  /** Calls under way to a peer. */
  inFlight(peer: string): number {
    return this.loads.get(peer)?.inFlight ?? 0
  }

  private rank(peer: string, nowMs: number): number {
    const load = this.loads.get(peer)
    if (load === undefined) return 0
    const isResting = load.failedMs !== undefined && nowMs < load.failedMs + REST_MS
    return load.inFlight + (isResting ? 1e9 : 0)
  }

  private load(peer: string): PeerLoad {
    let load = this.loads.get(peer)
    if (load === undefined) this.loads.set(peer, (load = { inFlight: 0, failedMs: undefined }))
    return load
  }

  /** Peers that left the list take no memory. */
  private forget(peers: readonly string[]): void {
    if (this.loads.size <= peers.length) return
    for (const [peer, load] of this.loads) if (load.inFlight === 0 && !peers.includes(peer)) this.loads.delete(peer)
  }
}
