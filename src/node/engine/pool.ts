import type { ConnectionState, Core, PeerState } from './core.js'

/** How long a connection that was used may stay in a pool that is full, ms. */
const LOOK_MS = 500

/**
 * Connections that we dialled stay open for the next use, but not without number: where more are unused than the pool is
 * large, the ones unused longest are closed. Connections that are kept, carry streams or have work to do are no idle
 * ones, nor are those that peers dialled: they are theirs to keep.
 */
export class Pool {
  private lookMs: number | undefined

  constructor(private readonly core: Core) {}

  /** A connection was dialled: the pool may be too full. */
  grown(): void {
    this.lookMs ??= this.core.time.monoMs + LOOK_MS
    this.core.sink.wantTick()
  }

  /** When {@link Pool.tick} has something to do. */
  nextDeadline(): number | undefined {
    return this.lookMs
  }

  /** Closes what is too much. Looks again later while there are more than the pool takes, because some are in use now. */
  tick(peers: Iterable<PeerState>): void {
    const { time, config } = this.core
    if (time.monoMs < (this.lookMs ?? Infinity)) return
    const dialled: ConnectionState[] = []
    const idle: ConnectionState[] = []
    for (const { connection, kept, hasWork, busy } of peers) {
      if (connection?.session.side !== 'initiator' || kept) continue
      dialled.push(connection)
      if (!hasWork && !busy) idle.push(connection)
    }
    this.lookMs = dialled.length > config.poolSize ? time.monoMs + LOOK_MS : undefined
    const surplus = idle.length - config.poolSize
    if (surplus <= 0) return
    idle.sort((a, b) => a.lastActivityMs - b.lastActivityMs)
    for (const one of idle.slice(0, surplus)) one.session.close('CLOSED', 'the pool of idle connections is full')
  }
}
