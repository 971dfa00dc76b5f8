import { HyphaeError } from '../../core/errors.js'
import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { earlier, type Time } from '../../core/time.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Priority, RequestOptions, SendOptions } from '../../protocols/delivery/sink.js'
import type { Explanation } from '../../protocols/dial/history.js'
import type { LocalCredentials } from '../../protocols/handshake/context.js'
import type { ResponderShared } from '../../protocols/handshake/shared.js'
import { compose, type EngineOptions, type Parts } from './compose.js'
import type { ConnectionState, PeerState } from './core.js'
import { Credentials } from './credentials.js'
import type { ConnectTarget } from './dialing.js'
import { Drainage } from './drainage.js'
import type { Peer } from './peer.js'
import type { Failure } from './sink.js'
import { sizesOf } from './sizes.js'
import { type Diagnostics, diagnosticsOf, type PeerSnapshot, snapshotOf } from './snapshot.js'
import type { EngineStream } from './stream.js'

/** Options of a request. */
export interface EngineRequestOptions extends RequestOptions {
  /**
   * Whether the peer may handle it twice without harm. Then it may travel in the first flight of a resumption, where it
   * is not forward secret until the ticket is deleted.
   */
  readonly idempotent?: boolean | undefined
}

/**
 * A whole node without any edge: composes the machines of handshakes, sessions, streams, messages, dialling and
 * admission. It is driven by a host on real ports, or by the simulator on virtual ones, and is deterministic.
 */
export class Engine {
  private readonly core: Parts
  private readonly credentials: Credentials
  private readonly responders: ResponderShared
  private readonly dirty: ConnectionState[] = []
  private flushAsked = false
  private readonly drainage: Drainage
  private ended = false

  constructor(private readonly options: EngineOptions) {
    this.credentials = new Credentials(options.credentials)
    const { parts, responders } = compose(options, this.credentials, {
      enter: time => this.enter(time),
      wantFlush: connection => this.wantFlush(connection),
    })
    this.core = parts
    this.responders = responders
    this.drainage = new Drainage(parts)
  }

  /** Number for the next carrier that the host accepted. */
  acceptLink(): number {
    return this.core.links.nextNumber()
  }

  /** A peer opened a carrier to us. A refused one is closed through the sink. */
  carrierAccepted(link: number, info: CarrierInfo, time: Time): void {
    this.enter(time)
    this.core.links.accepted(link, info)
  }

  /** A carrier asked for by `dial` is open. */
  carrierOpened(link: number, info: CarrierInfo, time: Time): void {
    this.enter(time)
    this.core.links.opened(link, info)
  }

  /** A carrier asked for by `dial` did not open. */
  carrierFailed(link: number, reason: Failure, time: Time): void {
    this.enter(time)
    this.core.links.failed(link, reason)
  }

  /** Bytes from a carrier; they may be changed. */
  carrierData(link: number, buffer: Uint8Array, from: number, to: number, time: Time): void {
    this.enter(time)
    this.core.links.data(link, buffer, from, to)
  }

  /** A carrier takes more again. */
  carrierDrained(link: number, time: Time): void {
    this.enter(time)
    this.core.links.drained(link)
  }

  /** A carrier is gone. */
  carrierClosed(link: number, reason: string | undefined, time: Time): void {
    this.enter(time)
    this.core.links.closed(link, reason)
  }

  /** Does what is due. */
  tick(time: Time): void {
    this.enter(time)
    if (this.ended) return
    const { links, dialing, peers } = this.core
    links.tick()
    this.core.early.tick()
    peers.tick()
    dialing.tick()
    this.credentials.expire(time)
    this.drainage.check()
  }

  /** When {@link Engine.tick} wants to be called next, monoMs. */
  nextDeadline(): number | undefined {
    if (this.ended) return undefined
    const { links, dialing, peers } = this.core
    const next = earlier(
      earlier(links.nextDeadline(), this.core.early.nextDeadline()),
      earlier(dialing.nextDeadline(), peers.nextDeadline()),
    )
    return earlier(next, earlier(this.drainage.untilMs, this.credentials.nextDeadline(this.core.time)))
  }

  /** Writes out what this turn produced. */
  flush(time: Time): void {
    this.enter(time)
    this.flushAsked = false
    for (let connection = this.dirty.pop(); connection !== undefined; connection = this.dirty.pop()) {
      connection.dirty = false
      connection.session.flush(time)
      connection.peer?.delivery.flushed()
    }
    this.drainage.check()
  }

  // Peers.

  /** Connects to a peer or address; the outcome comes through `onConnectResult`, perhaps during the call. */
  connect(target: ConnectTarget, options: { readonly timeoutMs: number }, time: Time): number {
    this.enter(time)
    return this.core.dialing.connect(target, options.timeoutMs)
  }

  /** The caller of {@link Engine.connect} lost interest; the token is not answered any more. */
  cancelConnect(token: number, time: Time): void {
    this.enter(time)
    this.core.dialing.cancel(token)
  }

  /**
   * Ends the session with a peer or the dial for one, if there is one, and forgets that it was to be kept. What waits
   * for the peer stays: it goes with the next session, for which the peer is dialled when it is wanted anew.
   */
  disconnect(id: PeerId, reason: Failure, time: Time): void {
    this.enter(time)
    const peer = this.core.peers.get(id)
    if (peer !== undefined) {
      peer.kept = false
      peer.parked = true
    }
    this.core.dialing.abort(id, reason)
    peer?.connection?.session.close(reason.code, reason.text)
    if (peer !== undefined) this.core.dialing.reconsider(peer)
  }

  /** Whether a peer is dialled again whenever it is lost. */
  keep(id: PeerId, on: boolean): void {
    const peer = on ? this.core.peers.ensure(id) : this.core.peers.get(id)
    if (peer === undefined) return
    peer.kept = on
    if (on) peer.parked = false
    this.core.dialing.reconsider(peer)
  }

  /** Adds to the address book. */
  addAddress(id: PeerId, address: string): void {
    this.core.dialing.dialer.add(id, address, 'user')
    this.core.sink.wantTick()
  }

  /** Brings the session with a peer to another address without interrupting it. @throws HyphaeError PEER_UNREACHABLE */
  migrate(id: PeerId, address: string, time: Time): number {
    this.enter(time)
    const connection = this.core.peers.connectionOf(id)
    if (connection.session.side !== 'initiator') {
      throw new HyphaeError('INVALID_ARGUMENT', 'only the side that dialled can move a session', {
        remedy: 'migrate on the other side, or disconnect and connect to the new address',
      })
    }
    return this.core.dialing.migrate(connection, address, this.core.config.connectTimeoutMs)
  }

  /** Refuses a peer id, address or subnet for a time and ends what it has. */
  ban(subject: string, forMs: number, time: Time): void {
    this.enter(time)
    this.core.peers.admission.ban(subject, forMs, time)
    this.core.peers.enforce()
  }

  /**
   * To be called when `certificates` learnt that one of a peer was revoked or that its root was rotated: a session that
   * the certificate began ends with CERTIFICATE_REVOKED, and tickets of the peer are void.
   *
   * @returns whether a session ended
   */
  recheck(id: PeerId, time: Time): boolean {
    this.enter(time)
    return this.core.peers.recheck(id)
  }

  /** Ends a ban; false where there was none. */
  unban(subject: string): boolean {
    return this.core.peers.admission.unban(subject)
  }

  /** Sends a ping now; `onPong` follows. @throws HyphaeError PEER_UNREACHABLE */
  ping(id: PeerId, time: Time): void {
    this.enter(time)
    this.core.health.ping(this.core.peers.connectionOf(id))
  }

  /** Peers known, connected or not. */
  peers(): PeerSnapshot[] {
    return [...this.core.peers.all()].map(peer => snapshotOf(peer, this.core))
  }

  /** Why a peer is reachable or not. */
  explain(id: PeerId, time: Time): Explanation {
    this.enter(time)
    return this.core.dialing.explain(id)
  }

  /** Counters and choices, for people and monitoring. */
  diagnostics(): Diagnostics {
    return diagnosticsOf(this.core, this.responders)
  }

  // Messages. Tokens are per peer.

  /**
   * Queues a one-way message; a peer that is not connected is dialled.
   * @param owner - comes back with every status
   * @throws HyphaeError see Delivery.send
   */
  send(id: PeerId, name: string, body: Uint8Array, options: SendOptions, time: Time, owner?: unknown): number {
    const peer = this.target(id, time)
    const token = peer.delivery.send(name, body, options, time, owner)
    this.used(peer)
    return token
  }

  /** Sends a request; a peer that is not connected is dialled. @throws HyphaeError see Delivery.request */
  request(id: PeerId, name: string, body: Uint8Array, options: EngineRequestOptions, time: Time): number {
    const peer = this.target(id, time)
    const { early } = this.core
    const goesEarly = options.idempotent === true && early.suits(peer, name, body)
    const token = goesEarly ? early.add(peer, name, body, options) : peer.delivery.request(name, body, options, time)
    this.used(peer)
    return token
  }

  /** Token that the next {@link Engine.request} of this priority returns. */
  nextRequestToken(id: PeerId, priority: Priority): number {
    return this.core.peers.ensure(id).delivery.nextRequestToken(priority)
  }

  /** Gives up a message or request. */
  cancel(id: PeerId, token: number, time: Time): void {
    const peer = this.known(id, time)
    if (peer === undefined) return
    const ordinary = token < 0 ? this.core.early.cancel(id, token) : token
    if (ordinary !== undefined) peer.delivery.cancel(ordinary, time)
  }

  /** Answers a request. */
  respond(id: PeerId, token: number, body: Uint8Array, time: Time): void {
    const peer = this.known(id, time)
    if (peer === undefined) return
    if (token < 0) this.core.early.answers.answer(peer, token, { body })
    else peer.delivery.respond(token, body, time)
  }

  /** Answers a request with a failure. */
  refuse(id: PeerId, token: number, code: ErrorCode, text: string, time: Time): void {
    const peer = this.known(id, time)
    if (peer === undefined) return
    if (token < 0) this.core.early.answers.answer(peer, token, { code, text })
    else peer.delivery.refuse(token, code, text, time)
  }

  /** The handler of a one-way message ended. */
  handled(id: PeerId, token: number, time: Time): void {
    this.known(id, time)?.delivery.handled(token, time)
  }

  /** The handler of a one-way message failed. */
  notHandled(id: PeerId, token: number, code: ErrorCode, text: string, time: Time): void {
    this.known(id, time)?.delivery.notHandled(token, code, text, time)
  }

  /** What `saveInbox` asked for is durable, or failed. */
  inboxSaved(id: PeerId, ok: boolean, time: Time): void {
    this.known(id, time)?.delivery.inboxSaved(ok, time)
  }

  /** Sends a datagram to a connected peer, at once or not at all. */
  datagram(id: PeerId, buffer: Uint8Array, from: number, to: number, time: Time): boolean {
    this.enter(time)
    return this.core.peers.get(id)?.connection?.mux.datagram(buffer, from, to) ?? false
  }

  // Streams.

  /**
   * Opens a stream to a connected peer; undefined where the peer allows no more now (`onStreamsAvailable` follows).
   * @throws HyphaeError PEER_UNREACHABLE, INVALID_ARGUMENT, CLOSED
   */
  openStream(id: PeerId, name: string, priority: number, time: Time): EngineStream | undefined {
    this.enter(time)
    if (this.core.closing) throw new HyphaeError('CLOSED', 'the node is closing')
    return this.core.peers.connectionOf(id).openStream(id, name, priority)
  }

  /** Tells the time before methods of a stream are called from outside a callback. */
  enter(time: Time): void {
    this.core.time = time
  }

  // Lifecycle.

  /** New credentials for handshakes to come; the former ones serve dials that know only them. */
  setCredentials(next: LocalCredentials, time: Time): void {
    this.enter(time)
    this.credentials.replace(next, time)
  }

  /**
   * Begins nothing new and says `onDrained` when all that is under way with connected peers is final, or when time is
   * up. New dials, carriers, requests and streams of peers are refused. Messages to connected peers still pass, so that
   * handlers at work can end theirs.
   */
  drain(timeoutMs: number, time: Time): void {
    this.enter(time)
    this.core.closing = true
    this.drainage.begin(timeoutMs)
  }

  /** Ends every session and attempt, fails what is not final, each once, and wipes the keys. Nothing works afterwards. */
  close(time: Time): void {
    this.enter(time)
    if (this.ended) return
    this.ended = true
    this.core.closing = true
    this.drainage.end()
    this.core.dialing.close()
    this.core.early.close()
    this.core.peers.close('CLOSED', 'the node is closing')
    this.core.links.close()
    this.core.tickets.close()
    this.credentials.free()
  }

  /** Sizes of all tables, for diagnostics and tests: what does not go back to where it was is a leak. */
  get sizes(): Readonly<Record<string, number>> {
    return { ...sizesOf(this.core), retiredKeys: this.credentials.retiredCount, dirty: this.dirty.length }
  }

  /** The peer to send to. @throws HyphaeError CLOSED */
  private target(id: PeerId, time: Time): Peer {
    this.enter(time)
    if (this.ended || (this.core.closing && this.core.peers.get(id)?.connected !== true)) {
      throw new HyphaeError('CLOSED', 'the node is closing')
    }
    return this.core.peers.ensure(id)
  }

  private wantFlush(connection: ConnectionState): void {
    if (connection.dirty || !connection.session.alive) return
    connection.dirty = true
    this.dirty.push(connection)
    if (this.flushAsked) return
    this.flushAsked = true
    this.options.sink.wantFlush()
  }

  private used(peer: PeerState): void {
    this.core.peers.touched(peer)
    // It was ended by its owner, not by its address: what is wanted now need not wait.
    if (peer.parked) this.core.dialing.dialer.revive(peer.id)
    peer.parked = false
    if (peer.connection === undefined || !peer.connection.session.connected) this.core.dialing.reconsider(peer)
    this.core.sink.wantTick()
  }

  /** A peer that something happens to; undefined where it was forgotten or the engine is closed. */
  private known(id: PeerId, time: Time): PeerState | undefined {
    this.enter(time)
    const peer = this.core.peers.get(id)
    if (peer === undefined || this.ended) return undefined
    this.core.peers.touched(peer)
    return peer
  }
}
