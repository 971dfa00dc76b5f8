import { equalConstantTime } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { toHex } from '../../core/text.js'
import { earlier } from '../../core/time.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Established, RemoteCertificate } from '../../protocols/handshake/context.js'
import { DUPLICATE, Initiator } from '../../protocols/handshake/initiator.js'
import { PacketReader } from '../../protocols/handshake/packet-reader.js'
import { Responder } from '../../protocols/handshake/responder.js'
import type { ResponderShared } from '../../protocols/handshake/shared.js'
import { ATTACH, HEADER, PACKET } from '../../wire/handshake.js'
import { FEATURE, type Offer, SELECT } from '../../wire/offer.js'
import { Connection } from './connection.js'
import { type ConnectionState, type Core, type DialAttempt, type Link, type LinksPart, newLink } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** Carriers on their way to a session and back: handshakes, changes of carrier, losses. */
export class Links implements LinksPart {
  private readonly links = new Map<number, Link>()
  /** Links that are not a session's carrier yet: those with a deadline. */
  private readonly pending = new Set<Link>()
  private readonly attachable = new Map<string, ConnectionState>()
  private lastNumber = 0
  private lastIndex = 0
  private unconfirmed = 0
  /** Handshakes that ended in a session, and those that did not. */
  readonly counts = { established: 0, failed: 0, refused: 0, attached: 0, resumed: 0 }

  constructor(
    private readonly core: Core,
    private readonly responders: ResponderShared,
  ) {}

  /** Number for the next carrier. */
  nextNumber(): number {
    return ++this.lastNumber
  }

  /** Carriers known. */
  get size(): number {
    return this.links.size
  }

  /** Begins dialling for an attempt. */
  dial(attempt: DialAttempt, address: string, deadlineMs: number): Link {
    const { core } = this
    const link = newLink(this.nextNumber(), 'dialling', deadlineMs, core.time.monoMs)
    link.attempt = attempt
    this.add(link)
    core.sink.dial(link.number, address, Math.max(1, deadlineMs - core.time.monoMs))
    return link
  }

  /** A dialled carrier is open. */
  opened(number: number, info: CarrierInfo): void {
    const link = this.links.get(number)
    if (link?.state !== 'dialling' || link.attempt === undefined) return this.core.sink.closeCarrier(number, true)
    link.info = info
    link.openedMs = this.core.time.monoMs
    if (link.attempt.attach !== undefined) this.beginAttach(link, link.attempt.attach)
    else this.beginHandshake(link, link.attempt)
  }

  /** A dialled carrier did not open. */
  failed(number: number, reason: Failure): void {
    const link = this.links.get(number)
    if (link !== undefined) this.give(link, 'dial', reason)
  }

  /** A peer opened a carrier to us. */
  accepted(number: number, info: CarrierInfo): void {
    const { core } = this
    this.lastNumber = Math.max(this.lastNumber, number)
    const verdict = core.closing ? failure('CLOSED', 'closing') : core.peers.admit(info)
    if (verdict !== undefined) {
      this.counts.refused++
      core.incident('admission', undefined, info.remote, verdict)
      return core.sink.closeCarrier(number, true)
    }
    const { monoMs } = core.time
    const link = newLink(number, 'handshake', monoMs + core.config.handshakeTimeoutMs, monoMs)
    link.info = info
    link.admitted = true
    link.responder = this.newResponder(link, info)
    this.add(link)
  }

  /** Bytes from a carrier. */
  data(number: number, buffer: Uint8Array, from: number, to: number): void {
    const link = this.links.get(number)
    if (link === undefined) return
    if (link.state === 'session') return link.connection?.receive(buffer, from, to)
    const { time } = this.core
    let rest: Uint8Array | undefined
    if (link.state === 'attaching') rest = this.attachData(link, buffer, from, to)
    else if (link.initiator !== undefined) rest = link.initiator.receive(buffer, from, to, time)
    else rest = link.responder?.receive(buffer, from, to, time)
    if (rest !== undefined && rest.length > 0 && this.links.has(number)) this.data(number, rest, 0, rest.length)
  }

  /** A carrier takes more again. */
  drained(number: number): void {
    const link = this.links.get(number)
    if (link?.state === 'session') link.connection?.session.drained(this.core.time)
  }

  /** A carrier is gone. */
  closed(number: number, reason: string | undefined): void {
    const link = this.links.get(number)
    if (link !== undefined)
      this.give(link, 'handshake', failure('DIAL_FAILED', reason ?? 'the other side closed the connection'))
  }

  /** Closes a carrier that is of no use any more. */
  drop(link: Link, reason: string): void {
    if (!this.links.has(link.number)) return
    this.core.sink.closeCarrier(link.number, true)
    this.give(link, 'handshake', failure('DIAL_FAILED', reason))
  }

  /** When {@link Links.tick} has something to do. */
  nextDeadline(): number | undefined {
    let next: number | undefined
    for (const link of this.pending) next = earlier(next, link.deadlineMs)
    return next
  }

  /** Gives up carriers that took too long. */
  tick(): void {
    const { monoMs } = this.core.time
    for (const link of [...this.pending]) {
      if (link.deadlineMs === undefined || monoMs < link.deadlineMs || !this.links.has(link.number)) continue
      this.core.sink.closeCarrier(link.number, true)
      this.give(
        link,
        link.state === 'dialling' ? 'dial' : 'handshake',
        failure('TIMEOUT', `no answer while ${link.state}`),
      )
    }
  }

  /** Responder: a record of the initiator opened, so it is no replay. */
  confirmed(connection: ConnectionState): void {
    this.unconfirmed--
    connection.confirmed = true
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

  /** Makes the responder's session findable under its present attach ids. */
  registerAttachIds(connection: ConnectionState): void {
    for (const id of connection.attachIds) this.attachable.delete(id)
    connection.attachIds = connection.session.attachIds().map(toHex)
    for (const id of connection.attachIds) this.attachable.set(id, connection)
  }

  /** A session ended, for whatever reason. */
  sessionClosed(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void {
    for (const id of connection.attachIds) this.attachable.delete(id)
    const { link } = connection
    connection.link = undefined
    if (link !== undefined) {
      link.connection = undefined
      this.core.sink.closeCarrier(link.number, false)
      this.forget(link)
    }
    if (connection.established.side === 'responder' && !connection.confirmed) this.unconfirmed--
    this.core.dialing.abandonAttach(connection)
    this.core.peers.sessionEnded(connection, code, reason, remote)
  }

  /** Closes every carrier. */
  close(): void {
    for (const link of [...this.links.values()]) {
      this.core.sink.closeCarrier(link.number, false)
      this.forget(link)
    }
  }

  private add(link: Link): void {
    this.links.set(link.number, link)
    if (link.deadlineMs !== undefined) this.pending.add(link)
    this.core.sink.wantTick()
  }

  private forget(link: Link): void {
    link.state = 'closed'
    this.links.delete(link.number)
    this.pending.delete(link)
    link.initiator?.abort()
    link.responder?.abort()
    if (link.admitted && link.info !== undefined) this.core.peers.release(link.info)
  }

  /** A carrier ended: whoever counted on it is told. */
  private give(link: Link, step: 'dial' | 'handshake', reason: Failure): void {
    const { state, connection, attempt } = link
    this.forget(link)
    if (state === 'session' && connection?.link === link) this.carrierLost(connection)
    if (attempt !== undefined && !attempt.done) this.core.dialing.linkFailed(attempt, link, step, reason)
    else if (state === 'handshake') this.counts.failed++
  }

  private carrierLost(connection: ConnectionState): void {
    const { core } = this
    connection.link = undefined
    connection.pingSentMs = undefined
    const canAttach = (connection.established.agreed.features & FEATURE.attach) !== 0
    if (connection.peer === undefined || !canAttach || core.closing) {
      return connection.session.close('SESSION_LOST', 'the carrier was lost')
    }
    connection.session.carrierLost(core.time)
    core.peers.touched(connection.peer)
    core.sink.onCarrierChange(connection.peer.id, undefined)
    if (connection.session.side === 'initiator') core.dialing.reattach(connection)
    core.sink.wantTick()
  }

  private send(link: Link, packet: Uint8Array): void {
    this.core.sink.write(link.number, packet, 0, packet.length)
  }

  // Handshakes.

  private beginHandshake(link: Link, attempt: DialAttempt): void {
    const { core } = this
    link.state = 'handshake'
    const expected = attempt.peer
    const certificate = expected === undefined ? undefined : core.handshake.certificates.ofPeer(expected, core.time)
    const ticket = expected === undefined || attempt.insists ? undefined : core.tickets.take(expected)
    link.initiator = new Initiator({
      context: core.handshake,
      index: ++this.lastIndex,
      expected,
      certificate,
      ticket,
      insists: attempt.insists,
      sink: {
        send: packet => this.send(link, packet),
        onEstablished: result => this.dialled(link, result),
        onFailed: (code, reason) => this.handshakeFailed(link, code, reason),
      },
    })
    link.initiator.start(core.time)
  }

  private newResponder(link: Link, info: CarrierInfo): Responder {
    return new Responder({
      shared: this.responders,
      index: ++this.lastIndex,
      address: info.host,
      verifiesAddress: info.verifiesAddress,
      sink: {
        send: packet => this.send(link, packet),
        onEstablished: result => this.answered(link, result),
        onFailed: (code, reason) => this.handshakeFailed(link, code, reason),
        onAttach: packet => this.answerAttach(link, packet),
        decide: (certificate, offer, insists) => this.decide(certificate, offer, insists),
      },
    })
  }

  private decide(certificate: RemoteCertificate | undefined, offer: Offer, insists: boolean): number {
    const { core } = this
    if (this.unconfirmed >= LIMITS.maxUnconfirmed || core.closing) return SELECT.busy
    if (certificate === undefined) return core.peers.isFull(undefined) ? SELECT.busy : SELECT.ok
    const { peerId } = certificate
    if (!core.peers.allows(peerId)) return SELECT.refused
    if (core.peers.isFull(peerId)) return SELECT.busy
    const ours = core.handshake.local().peerId < peerId
    if (!insists && ours && core.dialing.isDialling(peerId)) return SELECT.duplicate
    const live = core.peers.get(peerId)?.connection
    const same = live?.established.remote.incarnation === offer.incarnation && live.session.connected
    return !insists && same && live.session.side === 'initiator' && ours ? SELECT.duplicate : SELECT.ok
  }

  private handshakeFailed(link: Link, code: ErrorCode, reason: string): void {
    const { core } = this
    this.counts.failed++
    if (link.attempt === undefined) core.incident('handshake', undefined, link.info?.remote, failure(code, reason))
    const { attempt } = link
    this.forget(link)
    core.sink.closeCarrier(link.number, code !== 'CLOCK_SKEW' && code !== 'LIMIT_EXCEEDED' && code !== 'PEER_DENIED')
    if (attempt === undefined || attempt.done) return
    if (reason === DUPLICATE) core.dialing.awaitInbound(attempt, link)
    else core.dialing.linkFailed(attempt, link, 'handshake', failure(code, reason))
  }

  /** Our dial ended in a session. */
  private dialled(link: Link, result: Established): void {
    const connection = this.newConnection(link, result)
    this.pending.delete(link)
    link.deadlineMs = undefined
    const { core } = this
    connection.session.introduce(result.wantsChain ? core.handshake.local().chain : undefined, core.time)
    this.authenticate(connection, result.certificate as RemoteCertificate)
  }

  /** A peer's dial got our answer; it has proven nothing yet. */
  private answered(link: Link, result: Established): void {
    this.unconfirmed++
    const connection = this.newConnection(link, result)
    if (result.certificate !== undefined) connection.session.trustInitiator()
  }

  private newConnection(link: Link, result: Established): Connection {
    const connection = new Connection(this.core, result, link)
    link.connection = connection
    link.state = 'session'
    return connection
  }

  private authenticate(connection: ConnectionState, certificate: RemoteCertificate): void {
    const { link } = connection
    this.counts.established++
    if (connection.established.resumed) this.counts.resumed++
    if (link !== undefined) {
      link.deadlineMs = undefined
      this.pending.delete(link)
    }
    const attempt = link?.attempt
    this.core.peers.authenticated(connection, certificate)
    if (!connection.session.alive) return
    if (connection.session.side === 'responder') {
      this.registerAttachIds(connection)
      this.issueTicket(connection, certificate)
    }
    this.core.dialing.succeeded(certificate.peerId, attempt, connection)
  }

  private issueTicket(connection: ConnectionState, certificate: RemoteCertificate): void {
    const { core } = this
    if ((connection.established.agreed.features & FEATURE.tickets) === 0) return
    const lifetimeMs = Math.min(LIMITS.ticketMs, certificate.notAfterMs - core.time.wallMs)
    const { id, key } = connection.session.issueTicket(lifetimeMs, core.time)
    this.responders.tickets.add(id, key, certificate, core.time.monoMs + lifetimeMs)
  }

  // Changes of carrier.

  private beginAttach(link: Link, connection: ConnectionState): void {
    link.state = 'attaching'
    link.connection = connection
    link.reader = new PacketReader(0)
    this.send(link, connection.session.beginAttach(this.core.time))
  }

  private answerAttach(link: Link, packet: Uint8Array): void {
    const connection = this.attachable.get(toHex(packet.subarray(ATTACH.id, ATTACH.idEnd)))
    const ok = connection?.session.answerAttach(packet, this.core.time)
    if (connection === undefined || ok === undefined) return this.drop(link, 'no such session')
    link.state = 'attaching'
    link.connection = connection
    link.reader = new PacketReader(0)
    this.send(link, ok)
  }

  private attachData(link: Link, buffer: Uint8Array, from: number, to: number): Uint8Array | undefined {
    const rest = link.reader?.read(buffer, from, to, packet => {
      this.attachPacket(link, packet)
      return false
    })
    if (rest === false) this.drop(link, 'not a change of carrier')
    return rest === false || link.state !== 'session' ? undefined : rest
  }

  private attachPacket(link: Link, packet: Uint8Array): void {
    const connection = link.connection as ConnectionState
    const { session } = connection
    const { time } = this.core
    if (!session.alive) return this.drop(link, 'the session ended')
    if (session.side === 'initiator') {
      const done = packet[HEADER.type] === PACKET.attachOk ? session.finishAttach(packet, time) : undefined
      if (done === undefined) return this.drop(link, 'the answer to the change of carrier is not genuine')
      this.send(link, done)
    } else if (packet[HEADER.type] !== PACKET.attachDone || !session.confirmAttach(packet, time)) {
      return this.drop(link, 'the change of carrier was not confirmed')
    }
    this.adopt(link, connection)
  }

  private adopt(link: Link, connection: ConnectionState): void {
    const { core } = this
    const old = connection.link
    if (old !== undefined && old !== link) {
      core.sink.closeCarrier(old.number, true)
      this.forget(old)
    }
    this.counts.attached++
    connection.link = link
    connection.address = link.info?.remote ?? connection.address
    connection.pingSentMs = undefined
    link.state = 'session'
    link.deadlineMs = undefined
    this.pending.delete(link)
    core.wantFlush(connection)
    if (connection.peer !== undefined) core.sink.onCarrierChange(connection.peer.id, connection.address)
    if (link.attempt !== undefined) core.dialing.attached(link.attempt)
  }
}
