import { EMPTY } from '../../core/bytes.js'
import { earlier } from '../../core/time.js'
import type { ConnectionState, Core, HealthPart, PeerState } from './core.js'

/** Time after which a session that is idle but for what is on its way is looked at again, ms. */
const IDLE_RECHECK_MS = 1_000

/** Name of the message by which a node that keeps a peer has it count the session as used; it says nothing else. */
const KEEP = 'hyphae/keep'
const KEEP_LIFETIME_MS = 10_000
/** Shortest time between two of them, ms, however short the peer's patience is. */
const MIN_KEEP_MS = 1_000

/** Pings sessions that fell silent, gives up carriers that do not answer, and closes sessions that nobody uses. */
export class Health implements HealthPart {
  constructor(private readonly core: Core) {}

  /** Asks a peer for a sign of life now; the answer sets its round-trip time. */
  ping(connection: ConnectionState): void {
    // One at a time: another one would put off the moment at which a dead carrier is given up.
    if (connection.pingSentMs !== undefined) return
    connection.pingSentMs = this.core.time.monoMs
    connection.mux.ping(Math.floor(connection.pingSentMs))
    if (connection.peer !== undefined) this.core.peers.touched(connection.peer)
    this.core.sink.wantTick()
  }

  /** A sign of life came. */
  pong(connection: ConnectionState, payload: number): void {
    const sent = connection.pingSentMs
    if (sent === undefined || payload !== Math.floor(sent)) return
    connection.rttMs = this.core.time.monoMs - sent
    connection.pingSentMs = undefined
    if (connection.peer !== undefined) this.core.sink.onPong(connection.peer.id, connection.rttMs)
  }

  /** When {@link Health.check} has something to do about a peer. */
  dueOf(peer: PeerState): number | undefined {
    const { connection } = peer
    if (connection?.link === undefined) return undefined
    const { config } = this.core
    const idle = config.idleTimeoutMs === 0 ? undefined : connection.lastActivityMs + config.idleTimeoutMs
    if (connection.pingSentMs !== undefined) {
      const answer = connection.pingSentMs + config.pingTimeoutMs
      return earlier(earlier(idle, answer), keepDueMs(peer, connection))
    }
    const ping = config.pingIntervalMs === 0 ? undefined : connection.session.lastReceivedMs + config.pingIntervalMs
    return earlier(earlier(idle, ping), keepDueMs(peer, connection))
  }

  /** Does what is due about a peer. */
  check(peer: PeerState): void {
    const { connection } = peer
    if (connection?.link === undefined) return
    if (peer.kept || peer.busy || connection.streamCount > 0) connection.touch()
    if (this.core.time.monoMs >= (keepDueMs(peer, connection) ?? Infinity)) {
      connection.lastSentMs = this.core.time.monoMs
      peer.sendOwn(KEEP, EMPTY, 3, KEEP_LIFETIME_MS)
    }
    this.checkConnection(connection)
  }

  private checkConnection(connection: ConnectionState): void {
    const { config, time } = this.core
    const { monoMs } = time
    if (this.isIdle(connection)) {
      if (connection.session.unackedCount === 0) {
        return connection.session.close('CLOSED', `idle for ${config.idleTimeoutMs} ms`)
      }
      // What is on its way, a ping perhaps, is awaited, but not in a busy loop.
      connection.lastActivityMs = monoMs - config.idleTimeoutMs + Math.min(config.idleTimeoutMs, IDLE_RECHECK_MS)
    }
    if (connection.pingSentMs !== undefined) {
      const heard = connection.session.lastReceivedMs > connection.pingSentMs
      if (heard) connection.pingSentMs = undefined
      else if (monoMs >= connection.pingSentMs + config.pingTimeoutMs && connection.link !== undefined) {
        return this.core.links.drop(connection.link, `no sign of life for ${config.pingTimeoutMs} ms`)
      }
    }
    const pingAtMs = connection.session.lastReceivedMs + config.pingIntervalMs
    if (config.pingIntervalMs > 0 && connection.pingSentMs === undefined && monoMs >= pingAtMs) {
      this.ping(connection)
    }
  }

  private isIdle(connection: ConnectionState): boolean {
    const { config, time } = this.core
    if (config.idleTimeoutMs === 0 || time.monoMs < connection.lastActivityMs + config.idleTimeoutMs) return false
    return connection.streamCount === 0
  }
}

/** When a peer that is kept is to hear something, so that it does not close the session as idle, monoMs. */
function keepDueMs(peer: PeerState, connection: ConnectionState): number | undefined {
  const { idleTimeoutMs } = connection.established.remote
  if (!peer.kept || idleTimeoutMs === 0) return undefined
  return connection.lastSentMs + Math.max(MIN_KEEP_MS, idleTimeoutMs / 3)
}
