import { earlier } from '../../core/time.js'
import type { ConnectionState, Core, HealthPart, PeerState } from './core.js'

/** Time after which a session that is idle but for what is on its way is looked at again, ms. */
const IDLE_RECHECK_MS = 1_000

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
    if (connection.pingSentMs !== undefined) return earlier(idle, connection.pingSentMs + config.pingTimeoutMs)
    const ping = config.pingIntervalMs === 0 ? undefined : connection.session.lastReceivedMs + config.pingIntervalMs
    return earlier(idle, ping)
  }

  /** Does what is due about a peer. */
  check(peer: PeerState): void {
    const { connection } = peer
    if (connection?.link === undefined) return
    if (peer.kept || peer.busy || connection.streamCount > 0) connection.touch()
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
