import { earlier } from '../../core/time.js'
import type { ConnectionState, Core, HealthPart, PeerState } from './core.js'

/** Pings sessions that fell silent, gives up carriers that do not answer, and closes sessions that nobody uses. */
export class Health implements HealthPart {
  constructor(private readonly core: Core) {}

  /** Asks a peer for a sign of life now; the answer sets its round-trip time. */
  ping(connection: ConnectionState): void {
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
    if (peer.kept || peer.hasWork || connection.streamCount > 0) connection.touch()
    this.checkConnection(connection)
  }

  private checkConnection(connection: ConnectionState): void {
    const { config, time } = this.core
    const { monoMs } = time
    if (this.isIdle(connection)) return connection.session.close('CLOSED', `idle for ${config.idleTimeoutMs} ms`)
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
    return connection.streamCount === 0 && connection.session.unackedCount === 0
  }
}
