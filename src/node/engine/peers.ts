import type { ErrorCode } from '../../core/errors.js'
import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { Deadlines } from '../../core/deadlines.js'
import { earlier } from '../../core/time.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Admission } from '../../protocols/admission/machine.js'
import type { RemoteCertificate } from '../../protocols/handshake/context.js'
import type { ConnectionState, Core, PeersPart, PeerState } from './core.js'
import { failure } from './failures.js'
import { Identify } from './identify.js'
import { Peer } from './peer.js'
import type { Failure } from './sink.js'

/** Peers remembered at a time, connected or not; those longest gone make room. */
const MAX_PEERS_REMEMBERED = 16_384
/** How long a session that lost against another one of the same peer is drained, ms. */
const DRAIN_MS = 2_000

/** Decides whether a peer is welcome; the peer is undefined while it is not known yet. */
export type Gate = (peer: PeerId | undefined, info: CarrierInfo) => boolean

/** All peers of a node: who is connected, who may be, and which session counts. */
export class PeerTable implements PeersPart {
  private readonly peers = new Map<PeerId, Peer>()
  private readonly losers = new Map<ConnectionState, number>()
  private readonly identify: Identify
  private readonly deadlines = new Deadlines<PeerState>()
  private readonly stale: PeerState[] = []
  /** Peers with a session. */
  connectedCount = 0

  constructor(
    private readonly core: Core,
    readonly admission: Admission,
    private readonly gate: Gate | undefined,
    private readonly inboxes: Map<PeerId, Uint8Array>,
  ) {
    this.identify = new Identify(core)
  }

  /** A peer that is known. */
  get(id: PeerId): Peer | undefined {
    return this.peers.get(id)
  }

  /** A peer, made known if it was not. */
  ensure(id: PeerId): Peer {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      this.makeRoom()
      peer = new Peer(this.core, id, this.identify, this.inboxes.get(id))
      this.peers.set(id, peer)
    }
    return peer
  }

  /** All peers known. */
  all(): IterableIterator<Peer> {
    return this.peers.values()
  }

  /** Whether a carrier from there is taken; a failure says why not. Taken ones are to be released. */
  admit(info: CarrierInfo): Failure | undefined {
    const verdict = this.admission.admit(info.host, this.core.time)
    if (!verdict.ok)
      return { ...failure(verdict.code, verdict.reason), details: { retryAfterMs: verdict.retryAfterMs } }
    if (this.gate === undefined || this.gate(undefined, info)) return undefined
    this.admission.release(info.host)
    return failure('PEER_DENIED', 'the gate refused the address')
  }

  /** An admitted carrier ended. */
  release(info: CarrierInfo): void {
    this.admission.release(info.host)
  }

  /** Whether a peer is on no list or ban against it. */
  allows(id: PeerId): boolean {
    return this.admission.checkPeer(id, this.core.time).ok
  }

  /** How long a message of the peer of this size has to wait for its rate, ms; 0 when it counts and may pass. */
  waitMs(id: PeerId, bytes: number): number {
    if (!this.core.config.limitMessages) return 0
    const verdict = this.admission.allowMessage(id, bytes, this.core.time)
    return verdict.ok ? 0 : Math.max(1, verdict.retryAfterMs)
  }

  /** Whether one more peer would be too many. Peers already connected are never too many. */
  isFull(id: PeerId | undefined): boolean {
    if (id !== undefined && this.peers.get(id)?.connected === true) return false
    return this.connectedCount >= this.core.config.maxPeers
  }

  /** A session proved whose it is: it becomes the peer's, replaces another, or is drained. A failure refuses it. */
  authenticated(connection: ConnectionState, certificate: RemoteCertificate): Failure | undefined {
    const refusal = this.refusal(certificate.peerId, connection)
    if (refusal !== undefined) return refusal
    const peer = this.ensure(certificate.peerId)
    connection.peer = peer
    const current = peer.connection
    if (current !== undefined && this.staysAgainst(current, connection, peer.id)) {
      this.losers.set(connection, this.core.time.monoMs + DRAIN_MS)
      this.core.sink.wantTick()
      return undefined
    }
    if (current !== undefined) this.replace(peer, current)
    this.connectedCount++
    peer.lastSeenMs = this.core.time.wallMs
    this.announce(peer, connection)
    peer.bind(connection)
    this.core.early.connected(peer, connection.established.resumed)
    this.touched(peer)
    return undefined
  }

  /** A session ended; if it was the peer's, the peer is disconnected now. */
  sessionEnded(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void {
    this.losers.delete(connection)
    const peer = connection.peer === undefined ? undefined : this.peers.get(connection.peer.id)
    if (peer?.connection !== connection) return
    this.connectedCount--
    peer.unbind()
    this.touched(peer)
    const text = remote ? `the peer ended the session: ${reason}` : reason
    this.core.sink.onPeerDisconnect(peer.id, failure(code, text))
    this.core.dialing.lost(peer)
  }

  /** Something happened that may have changed the peer's deadline: it is looked up before the next is told. */
  touched(peer: PeerState): void {
    if (peer.stale) return
    peer.stale = true
    this.stale.push(peer)
  }

  /** The earliest deadline of peers and of sessions being drained. */
  nextDeadline(): number | undefined {
    for (let peer = this.stale.pop(); peer !== undefined; peer = this.stale.pop()) {
      peer.stale = false
      this.deadlines.set(peer, this.dueOf(peer))
    }
    let next = this.deadlines.next
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
      peer.delivery.tick(time)
      if (time.monoMs >= (peer.heldUntilMs ?? Infinity)) peer.releaseHeld()
      peer.connection?.session.tick(time)
      this.giveUp(peer)
    }
  }

  /** Ends everything. */
  close(code: ErrorCode, reason: string): void {
    for (const peer of [...this.peers.values()]) {
      peer.connection?.session.close(code, reason)
      peer.delivery.close(code, reason)
    }
    for (const connection of [...this.losers.keys()]) connection.session.close(code, reason)
  }

  /** @throws HyphaeError PEER_UNREACHABLE where there is no session */
  connectionOf(id: PeerId): ConnectionState {
    const connection = this.peers.get(id)?.connection
    if (connection !== undefined) return connection
    throw new HyphaeError('PEER_UNREACHABLE', `not connected to ${id}`, { remedy: 'connect first: node.connect(peer)' })
  }

  private dueOf(peer: PeerState): number | undefined {
    let next = earlier(peer.delivery.nextDeadline(), this.core.health.dueOf(peer))
    if (peer.connection !== undefined) next = earlier(next, peer.connection.session.nextDeadline())
    return earlier(earlier(next, peer.heldUntilMs), this.giveUpAt(peer))
  }

  private giveUpAt(peer: PeerState): number | undefined {
    if (peer.connected || !peer.hasWork) return undefined
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
    const verdict = this.admission.checkPeer(id, this.core.time)
    if (!verdict.ok) return failure(verdict.code, verdict.reason)
    const info = connection.link?.info
    if (info !== undefined && this.gate?.(id, info) === false)
      return failure('PEER_DENIED', 'the gate refused the peer')
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

  private replace(peer: Peer, current: ConnectionState): void {
    this.connectedCount--
    peer.unbind()
    const restarted = failure('SESSION_LOST', 'replaced by a newer session')
    this.core.sink.onPeerDisconnect(peer.id, restarted)
    current.session.close('CLOSED', 'replaced by a newer session')
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

  private makeRoom(): void {
    if (this.peers.size < MAX_PEERS_REMEMBERED) return
    for (const [id, peer] of this.peers) {
      if (peer.connected || peer.kept || peer.hasWork) continue
      this.peers.delete(id)
      this.deadlines.set(peer, undefined)
      return
    }
  }
}
