import type { ErrorCode } from '../../core/errors.js'
import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { Deadlines } from '../../core/deadlines.js'
import { earlier } from '../../core/time.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Admission } from '../../protocols/admission/machine.js'
import type { RemoteCertificate } from '../../protocols/handshake/context.js'
import type { ConnectionState, Core, PeersPart, PeerState } from './core.js'
import { failure } from './failures.js'
import { Pool } from './pool.js'
import type { Peer } from './peer.js'
import { Roster } from './roster.js'
import type { Failure } from './sink.js'
import { type Gate, Standing } from './standing.js'

/** How long a session that lost against another one of the same peer is drained, ms. */
const DRAIN_MS = 2_000

/** All peers of a node: who is connected, who may be, and which session counts. */
export class PeerTable implements PeersPart {
  private readonly roster: Roster
  private readonly standing: Standing
  private readonly losers = new Map<ConnectionState, number>()
  private readonly deadlines = new Deadlines<PeerState>()
  private readonly stale: PeerState[] = []
  private readonly pool: Pool
  private closed = false
  /** Peers with a session. */
  connectedCount = 0

  constructor(
    private readonly core: Core,
    readonly admission: Admission,
    gate: Gate | undefined,
    inboxes: Map<PeerId, Uint8Array>,
  ) {
    this.pool = new Pool(core)
    this.standing = new Standing(core, admission, gate)
    this.roster = new Roster(core, inboxes, peer => this.deadlines.set(peer, undefined))
  }

  /** Sizes of the tables, for diagnostics. */
  get sizes(): Readonly<Record<'peers' | 'connected' | 'losers' | 'stalePeers' | 'inboxes' | 'admitted', number>> {
    return {
      peers: this.roster.size,
      connected: this.connectedCount,
      losers: this.losers.size,
      stalePeers: this.stale.length,
      inboxes: this.roster.inboxCount,
      admitted: this.admission.connections,
    }
  }

  /** A peer that is known. */
  get(id: PeerId): Peer | undefined {
    return this.roster.get(id)
  }

  /** A peer, made known if it was not. */
  ensure(id: PeerId): Peer {
    return this.roster.ensure(id)
  }

  /** All peers known. */
  all(): IterableIterator<Peer> {
    return this.roster.all()
  }

  admit(info: CarrierInfo): Failure | undefined {
    return this.standing.admit(info)
  }

  release(info: CarrierInfo): void {
    this.standing.admission.release(info.host)
  }

  allows(id: PeerId): boolean {
    return this.standing.allows(id)
  }

  refusesHost(info: CarrierInfo): boolean {
    return this.standing.refusesHost(info)
  }

  waitMs(id: PeerId, bytes: number): number {
    return this.standing.waitMs(id, bytes)
  }

  /** Whether one more peer would be too many. Peers already connected are never too many. */
  isFull(id: PeerId | undefined): boolean {
    if (id !== undefined && this.roster.get(id)?.connected === true) return false
    return this.connectedCount >= this.core.config.maxPeers
  }

  /** A session proved whose it is: it becomes the peer's, replaces another, or is drained. A failure refuses it. */
  authenticated(connection: ConnectionState, certificate: RemoteCertificate): Failure | undefined {
    const refusal = this.refusal(certificate.peerId, connection)
    if (refusal !== undefined) return refusal
    const peer = this.ensure(certificate.peerId)
    connection.peer = peer
    connection.certificate = certificate
    const current = peer.connection
    if (current !== undefined && this.staysAgainst(current, connection, peer.id)) {
      this.losers.set(connection, this.core.time.monoMs + DRAIN_MS)
      this.core.sink.wantTick()
      return undefined
    }
    // The table is in its new state before anybody hears of it: whoever is told may call back.
    if (current === undefined) this.connectedCount++
    peer.take(connection)
    if (current !== undefined) this.replaced(peer, current)
    if (this.counts(connection)) this.begin(peer, connection)
    if (connection.session.side === 'initiator') this.pool.grown()
    return undefined
  }

  /** A session ended; if it was the peer's, the peer is disconnected now. */
  sessionEnded(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void {
    this.losers.delete(connection)
    const peer = connection.peer === undefined ? undefined : this.roster.get(connection.peer.id)
    if (peer?.connection !== connection) return
    this.connectedCount--
    this.roster.used(peer)
    peer.unbind()
    this.core.early.notSent(peer.id)
    this.touched(peer)
    const why = failure(code, remote ? `the peer ended the session: ${reason}` : reason)
    if (connection.announced) this.core.sink.onPeerDisconnect(peer.id, why)
    this.core.dialing.lost(peer, why)
  }

  /** Something happened that may have changed the peer's deadline: it is looked up before the next is told. */
  touched(peer: PeerState): void {
    if (peer.stale || this.closed) return
    peer.stale = true
    this.stale.push(peer)
  }

  /** The earliest deadline of peers and of sessions being drained. */
  nextDeadline(): number | undefined {
    for (let peer = this.stale.pop(); peer !== undefined; peer = this.stale.pop()) {
      peer.stale = false
      this.deadlines.set(peer, this.roster.get(peer.id) === peer ? this.dueOf(peer) : undefined)
    }
    let next = earlier(this.deadlines.next, this.pool.nextDeadline())
    for (const at of this.losers.values()) next = earlier(next, at)
    return next
  }

  /** Does what is due. */
  tick(): void {
    const { time, health } = this.core
    for (const [connection, at] of [...this.losers]) {
      if (time.monoMs >= at) connection.session.close('CLOSED', 'another connection with this peer stays')
    }
    this.nextDeadline()
    for (let peer = this.deadlines.take(time.monoMs); peer !== undefined; peer = this.deadlines.take(time.monoMs)) {
      this.touched(peer)
      health.check(peer)
      this.checkCertificate(peer)
      peer.delivery.tick(time)
      if (time.monoMs >= (peer.heldUntilMs ?? Infinity)) peer.releaseHeld()
      peer.connection?.session.tick(time)
      this.giveUp(peer)
    }
    this.pool.tick(this.roster.all())
  }

  /**
   * Ends the sessions of a peer whose certificate does not hold any more, and voids its tickets.
   * @returns whether there was such a session
   */
  recheck(id: PeerId): boolean {
    const { core } = this
    core.tickets.forget(id)
    core.handshakes.revokeTickets(id)
    const { certificates } = core.handshake
    const holds = (one: ConnectionState): boolean =>
      certificates.byHash(one.established.certHash, core.time) !== undefined
    const ended = this.sessionsOf(id).filter(one => !holds(one))
    for (const one of ended) one.session.close('CERTIFICATE_REVOKED', 'the certificate of the peer was revoked')
    return ended.length > 0
  }

  /** Ends whatever a list or ban is against by now. */
  enforce(): void {
    for (const link of this.core.links.all()) {
      if (link.info === undefined || link.state === 'closed') continue
      const peer = link.connection?.peer
      if (!this.refusesHost(link.info) && (peer === undefined || this.allows(peer.id))) continue
      if (link.state === 'session') link.connection?.session.close('PEER_DENIED', 'banned')
      else this.core.links.drop(link, 'banned')
    }
    // Sessions without a carrier at the moment.
    for (const peer of [...this.roster.all()]) {
      if (peer.connected && !this.allows(peer.id)) peer.connection?.session.close('PEER_DENIED', 'banned')
    }
  }

  /** Ends everything. */
  close(code: ErrorCode, reason: string): void {
    for (const peer of [...this.roster.all()]) {
      peer.connection?.session.close(code, reason)
      peer.delivery.close(code, reason)
    }
    for (const connection of [...this.losers.keys()]) connection.session.close(code, reason)
    this.closed = true
    this.stale.length = 0
  }

  /** @throws HyphaeError PEER_UNREACHABLE where there is no session */
  connectionOf(id: PeerId): ConnectionState {
    const connection = this.roster.get(id)?.connection
    if (connection !== undefined) return connection
    throw new HyphaeError('PEER_UNREACHABLE', `not connected to ${id}`, { remedy: 'connect first: node.connect(peer)' })
  }

  private dueOf(peer: PeerState): number | undefined {
    let next = earlier(peer.delivery.nextDeadline(), this.core.health.dueOf(peer))
    if (peer.connection !== undefined) next = earlier(next, peer.connection.session.nextDeadline())
    return earlier(earlier(next, peer.heldUntilMs), earlier(this.giveUpAt(peer), this.certificateEndMs(peer)))
  }

  /** When the session's peer must have come back with a newer certificate, monoMs. */
  private certificateEndMs(peer: PeerState): number | undefined {
    const certificate = peer.connection?.certificate
    if (certificate === undefined) return undefined
    const { monoMs, wallMs } = this.core.time
    return monoMs + Math.max(0, certificate.notAfterMs + LIMITS.certificateGraceMs - wallMs)
  }

  /** A session does not outlive the certificate that authenticated it: its peer comes back with the next one. */
  private checkCertificate(peer: PeerState): void {
    const endMs = this.certificateEndMs(peer)
    if (endMs === undefined || endMs > this.core.time.monoMs) return
    peer.connection?.session.close('CERTIFICATE_EXPIRED', 'the certificate this session began with ended: begin anew')
  }

  private giveUpAt(peer: PeerState): number | undefined {
    if (peer.connected || !peer.hasWork) {
      peer.waitsSinceMs = undefined
      return undefined
    }
    peer.waitsSinceMs ??= this.core.time.monoMs
    return peer.waitsSinceMs + this.core.config.giveUpMs
  }

  /** Messages that waited too long for a peer that cannot be reached fail. */
  private giveUp(peer: PeerState): void {
    const { time, config } = this.core
    if (time.monoMs < (this.giveUpAt(peer) ?? Infinity)) return
    peer.waitsSinceMs = undefined
    peer.delivery.abandon('PEER_UNREACHABLE', `not reachable for ${config.giveUpMs} ms`)
    this.core.dialing.reconsider(peer)
  }

  private refusal(id: PeerId, connection: ConnectionState): Failure | undefined {
    const refusal = this.standing.refusal(id, connection.link?.info)
    if (refusal !== undefined) return refusal
    return this.isFull(id) ? failure('LIMIT_EXCEEDED', `maxPeers is ${this.core.config.maxPeers}`) : undefined
  }

  /**
   * Of two live sessions with the same running instance the one dialled by the lower peer id stays, on both sides alike.
   * A restarted peer, or a second dial in the same direction, means that the older session is dead: the newer one stays.
   */
  private staysAgainst(current: ConnectionState, next: ConnectionState, id: PeerId): boolean {
    if (!current.session.alive || !current.session.connected) return false
    if (current.established.remote.incarnation !== next.established.remote.incarnation) return false
    if (current.session.side === next.session.side) return false
    const oursIsLower = this.core.handshake.local().peerId < id
    return (current.session.side === 'initiator') === oursIsLower
  }

  /** Tells that the session there was gave way to the newer one that is bound by now. */
  private replaced(peer: Peer, former: ConnectionState): void {
    const text = 'replaced by a newer session'
    if (former.announced) this.core.sink.onPeerDisconnect(peer.id, failure('SESSION_LOST', text))
    former.session.close('CLOSED', text)
  }

  private begin(peer: Peer, connection: ConnectionState): void {
    peer.lastSeenMs = this.core.time.wallMs
    connection.announced = true
    this.announce(peer, connection)
    if (this.counts(connection)) peer.begin()
    if (this.counts(connection)) this.core.early.connected(peer, connection.established.resumed)
    this.touched(peer)
  }

  /** Whether a session lives and is its peer's. */
  private counts(connection: ConnectionState): boolean {
    return connection.session.alive && connection.peer?.connection === connection
  }

  private sessionsOf(id: PeerId): ConnectionState[] {
    const losers = [...this.losers.keys()].filter(one => one.peer?.id === id)
    const current = this.roster.get(id)?.connection
    return current === undefined ? losers : [current, ...losers]
  }

  private announce(peer: Peer, connection: ConnectionState): void {
    const { link, established } = connection
    const { monoMs } = this.core.time
    this.core.sink.onPeerConnect({
      peer: peer.id,
      address: connection.address,
      transport: link?.info?.transport ?? '',
      direction: established.side === 'initiator' ? 'outbound' : 'inbound',
      handshakeMs: monoMs - (link?.openedMs ?? monoMs),
      resumed: established.resumed,
      channelBinding: established.secrets.channelBinding.slice(),
    })
  }
}
