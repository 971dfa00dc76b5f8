import { equalConstantTime } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Established, RemoteCertificate } from '../../protocols/handshake/context.js'
import { DUPLICATE, Initiator } from '../../protocols/handshake/initiator.js'
import { Responder } from '../../protocols/handshake/responder.js'
import type { ResponderShared } from '../../protocols/handshake/shared.js'
import { FEATURE, type Offer, SELECT } from '../../wire/offer.js'
import { Connection } from './connection.js'
import type { ConnectionState, Core, DialAttempt, HandshakesPart, Link } from './core.js'
import { failure } from './failures.js'

/** From an open carrier to an authenticated session, on both sides. */
export class Handshakes implements HandshakesPart {
  private lastIndex = 0
  /** Responder sessions whose initiator has proven nothing yet. */
  private unconfirmed = 0
  /** Handshakes that ended in a session, of those the resumed ones, and those that failed. */
  readonly counts = { established: 0, resumed: 0, failed: 0 }

  constructor(
    private readonly core: Core,
    private readonly responders: ResponderShared,
  ) {}

  /** Sessions whose initiator has proven nothing yet. */
  get unconfirmedCount(): number {
    return this.unconfirmed
  }

  /** A dialled carrier is open: speak first. */
  begin(link: Link, attempt: DialAttempt): void {
    const { core } = this
    const { time } = core
    const expected = attempt.peer
    const ticket = expected === undefined || attempt.insists ? undefined : core.tickets.take(expected)
    link.state = 'handshake'
    link.initiator = new Initiator({
      context: core.handshake,
      index: ++this.lastIndex,
      expected,
      certificate: expected === undefined ? undefined : core.handshake.certificates.ofPeer(expected, time),
      ticket,
      early: ticket === undefined || expected === undefined ? undefined : core.early.take(expected),
      insists: attempt.insists,
      sink: {
        send: packet => core.links.send(link, packet),
        onEstablished: result => this.dialled(link, result),
        onFailed: (code, reason) => this.failed(link, code, reason),
      },
    })
    link.initiator.start(time)
  }

  /** A carrier was accepted: wait for the first word. */
  await(link: Link, info: CarrierInfo): void {
    const { core } = this
    link.responder = new Responder({
      shared: this.responders,
      index: ++this.lastIndex,
      address: info.host,
      verifiesAddress: info.verifiesAddress,
      sink: {
        send: packet => core.links.send(link, packet),
        onEstablished: result => this.answered(link, result),
        onFailed: (code, reason) => this.failed(link, code, reason),
        onAttach: packet => core.attaching.answer(link, packet),
        decide: (certificate, offer, insists) => this.decide(certificate, offer, insists),
      },
    })
  }

  /** Responder: a record of the initiator opened, so it is no replay. */
  confirmed(connection: ConnectionState): void {
    const { certificate } = connection.established
    if (certificate !== undefined) this.authenticate(connection, certificate)
  }

  /** Responder: the initiator showed its chain. */
  introduced(connection: ConnectionState, chain: Uint8Array): boolean {
    const { core } = this
    const { certHash, staticKey } = connection.established
    const verdict = core.handshake.certificates.verify(chain, core.time)
    if (!verdict.ok) {
      core.incident('certificate', undefined, connection.address, failure(verdict.code, verdict.reason))
      connection.session.close(verdict.code, verdict.reason)
      return false
    }
    const { certificate } = verdict
    if (!equalConstantTime(certificate.hash, certHash) || !equalConstantTime(certificate.staticKey, staticKey)) {
      connection.session.close('CERTIFICATE_INVALID', 'not the certificate that was announced')
      return false
    }
    this.authenticate(connection, certificate)
    return connection.session.alive
  }

  /** A session ended; one that proved nothing gives its place back. */
  ended(connection: ConnectionState): void {
    if (connection.session.side === 'responder' && !connection.proven) this.unconfirmed--
  }

  revokeTickets(peer: PeerId): void {
    this.responders.tickets.revoke(peer)
  }

  /**
   * Whether to take a session with whoever this claims to be. Of two dials that cross, the one of the lower peer id
   * stays: the other is told so here, before a second session comes about.
   */
  private decide(certificate: RemoteCertificate | undefined, offer: Offer, insists: boolean): number {
    const { core } = this
    if (this.unconfirmed >= LIMITS.maxUnconfirmed || core.closing) return SELECT.busy
    if (certificate === undefined) return core.peers.isFull(undefined) ? SELECT.busy : SELECT.ok
    const { peerId } = certificate
    if (!core.peers.allows(peerId)) return SELECT.refused
    if (core.peers.isFull(peerId)) return SELECT.busy
    if (insists) return SELECT.ok
    const live = core.peers.get(peerId)?.connection
    const sameRun = live?.established.remote.incarnation === offer.incarnation
    // We have a session that we dialled, and bring it to another carrier if it lost the one it had: the peer, which
    // runs on, need not begin a new one.
    if (live !== undefined && sameRun && live.session.side === 'initiator') return SELECT.duplicate
    const lower = core.handshake.local().peerId < peerId
    return lower && core.dialing.isDialling(peerId) ? SELECT.duplicate : SELECT.ok
  }

  private failed(link: Link, code: ErrorCode, reason: string): void {
    const { core } = this
    const { attempt } = link
    this.counts.failed++
    if (attempt === undefined) core.incident('handshake', undefined, link.info?.remote, failure(code, reason))
    core.links.forget(link)
    // A refusal that was sent has to arrive; in all other cases nothing was said, and nothing is worth waiting for.
    core.sink.closeCarrier(link.number, code !== 'CLOCK_SKEW' && code !== 'LIMIT_EXCEEDED' && code !== 'PEER_DENIED')
    if (attempt === undefined || attempt.done) return
    if (reason === DUPLICATE) core.dialing.awaitInbound(attempt, link)
    else core.dialing.linkFailed(attempt, link, 'handshake', failure(code, reason))
  }

  /** Our dial ended in a session. */
  private dialled(link: Link, result: Established): void {
    const connection = this.newConnection(link, result)
    const { core } = this
    connection.session.introduce(result.wantsChain ? core.handshake.local().chain : undefined, core.time)
    this.authenticate(connection, result.certificate as RemoteCertificate)
  }

  /** A peer's dial got our answer; unless it resumed, it has proven nothing yet. */
  private answered(link: Link, result: Established): void {
    this.unconfirmed++
    const connection = this.newConnection(link, result)
    this.core.links.hurry(link, this.core.time.monoMs + LIMITS.unconfirmedMs)
    if (result.certificate === undefined) return
    connection.session.trustInitiator()
    // A ticket opens one flight only, so early data is no replay and is taken before the peer's next word.
    if (result.early.length > 0) this.core.early.receive(result.certificate.peerId, result.early)
  }

  private newConnection(link: Link, result: Established): Connection {
    const connection = new Connection(this.core, result, link)
    link.connection = connection
    link.state = 'session'
    return connection
  }

  private authenticate(connection: ConnectionState, certificate: RemoteCertificate): void {
    const { core } = this
    const { link } = connection
    const attempt = link?.attempt
    if (connection.session.side === 'responder') this.unconfirmed--
    connection.proven = true
    connection.forgetProof()
    this.counts.established++
    if (connection.established.resumed) this.counts.resumed++
    if (link !== undefined) core.links.settle(link)
    const refusal = core.peers.authenticated(connection, certificate)
    if (refusal !== undefined) {
      connection.session.close(refusal.code, refusal.text)
      if (attempt !== undefined && link !== undefined) core.dialing.linkFailed(attempt, link, 'handshake', refusal)
      return
    }
    // Whoever was told of it may have ended it at once.
    if (!connection.session.alive) {
      if (attempt !== undefined) core.dialing.endedAtOnce(attempt)
      return
    }
    if (connection.session.side === 'responder') {
      core.attaching.register(connection)
      this.issueTicket(connection, certificate)
    }
    core.dialing.succeeded(certificate.peerId, attempt, connection)
  }

  private issueTicket(connection: ConnectionState, certificate: RemoteCertificate): void {
    const { core } = this
    if ((connection.established.agreed.features & FEATURE.tickets) === 0) return
    const lifetimeMs = Math.min(LIMITS.ticketMs, certificate.notAfterMs - core.time.wallMs)
    if (lifetimeMs <= 0) return
    const { id, key } = connection.session.issueTicket(lifetimeMs, core.time)
    this.responders.tickets.add(id, key, certificate, core.time.monoMs + lifetimeMs)
  }
}
