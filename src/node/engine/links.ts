import type { ErrorCode } from '../../core/errors.js'
import { Deadlines } from '../../core/deadlines.js'
import type { CarrierInfo } from '../../ports/transport.js'
import { FEATURE } from '../../wire/offer.js'
import { type ConnectionState, type Core, type DialAttempt, type Link, type LinksPart, newLink } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** What to do when a carrier is closed before the handshake was answered. */
const SILENCE = {
  code: 'HANDSHAKE_FAILED' as const,
  text: 'the other side closed the connection without answering the handshake',
  remedy: 'another peer, another network or another program listens at this address: check peer id and network name',
}

/** The carriers of a node: opened, accepted, lost. */
export class Links implements LinksPart {
  private readonly links = new Map<number, Link>()
  /** Links that are not a session's carrier yet: those with a deadline. */
  private readonly pending = new Deadlines<Link>()
  private lastNumber = 0
  /** Inbound carriers that admission refused. */
  refused = 0

  constructor(private readonly core: Core) {}

  /** Number for the next carrier. */
  nextNumber(): number {
    return ++this.lastNumber
  }

  /** Carriers known. */
  get size(): number {
    return this.links.size
  }

  all(): Iterable<Link> {
    return [...this.links.values()]
  }

  /** Carriers that are not a session's yet. */
  get pendingSize(): number {
    return this.pending.size
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
    if (this.core.peers.refusesHost(info)) {
      this.core.sink.closeCarrier(number, true)
      return this.give(link, 'dial', failure('PEER_DENIED', 'a list or ban of ours is against this host'))
    }
    if (link.attempt.attach === undefined) this.core.handshakes.begin(link, link.attempt)
    else this.core.attaching.begin(link, link.attempt.attach)
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
      this.refused++
      if (!core.closing) core.incident('admission', undefined, info.remote, verdict)
      return core.sink.closeCarrier(number, true)
    }
    const { monoMs } = core.time
    const link = newLink(number, 'handshake', monoMs + core.config.handshakeTimeoutMs, monoMs)
    link.info = info
    link.admitted = true
    core.handshakes.await(link, info)
    this.add(link)
  }

  /** Bytes from a carrier. */
  data(number: number, buffer: Uint8Array, from: number, to: number): void {
    const link = this.links.get(number)
    if (link === undefined) return
    if (link.state === 'session') return link.connection?.receive(buffer, from, to)
    const { time } = this.core
    let rest: Uint8Array | undefined
    if (link.state === 'attaching') rest = this.core.attaching.data(link, buffer, from, to)
    else if (link.initiator !== undefined) rest = link.initiator.receive(buffer, from, to, time)
    else rest = link.responder?.receive(buffer, from, to, time)
    if (rest !== undefined && rest.length > 0) this.data(number, rest, 0, rest.length)
  }

  /** A carrier takes more again. */
  drained(number: number): void {
    const link = this.links.get(number)
    if (link?.state === 'session') link.connection?.session.drained(this.core.time)
  }

  /** A carrier is gone. */
  closed(number: number, reason: string | undefined): void {
    const link = this.links.get(number)
    if (link === undefined) return
    const lost = failure('DIAL_FAILED', reason ?? 'the other side closed the connection')
    if (link.state === 'handshake') this.give(link, 'handshake', SILENCE)
    else this.give(link, 'dial', lost)
  }

  /** Sends a packet of the handshake or of a change of carrier. */
  send(link: Link, packet: Uint8Array): void {
    this.core.sink.write(link.number, packet, 0, packet.length)
  }

  /** A link is now the carrier of an authenticated session. */
  settle(link: Link): void {
    link.state = 'session'
    link.deadlineMs = undefined
    // What the handshake held is of no use any more.
    link.initiator = undefined
    link.responder = undefined
    link.reader = undefined
    link.attempt = undefined
    this.pending.set(link, undefined)
  }

  /** A link has less time than it had to become an authenticated session's. */
  hurry(link: Link, deadlineMs: number): void {
    if (link.deadlineMs === undefined || link.deadlineMs <= deadlineMs) return
    link.deadlineMs = deadlineMs
    this.pending.set(link, deadlineMs)
  }

  /** Closes a carrier that is of no use any more. */
  drop(link: Link, reason: string): void {
    if (!this.links.has(link.number)) return
    this.core.sink.closeCarrier(link.number, true)
    this.give(link, link.state === 'handshake' ? 'handshake' : 'dial', failure('DIAL_FAILED', reason))
  }

  /** Closes a carrier after what was written on it. */
  end(link: Link, reason: Failure): void {
    this.core.sink.closeCarrier(link.number, false)
    this.give(link, 'handshake', reason)
  }

  /** Takes a link out without telling anybody. */
  forget(link: Link): void {
    if (!this.links.delete(link.number)) return
    link.state = 'closed'
    this.pending.set(link, undefined)
    link.initiator?.abort()
    link.responder?.abort()
    if (link.admitted && link.info !== undefined) this.core.peers.release(link.info)
  }

  /** When {@link Links.tick} has something to do. */
  nextDeadline(): number | undefined {
    return this.pending.next
  }

  /** Gives up carriers that took too long. */
  tick(): void {
    const { monoMs } = this.core.time
    for (let link = this.pending.take(monoMs); link !== undefined; link = this.pending.take(monoMs)) {
      if (!this.links.has(link.number)) continue
      this.core.sink.closeCarrier(link.number, true)
      const step = link.state === 'handshake' ? 'handshake' : 'dial'
      this.give(link, step, failure('TIMEOUT', `no answer while ${link.state}`))
    }
  }

  /** A session ended, for whatever reason. */
  sessionClosed(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void {
    const { core } = this
    core.attaching.unregister(connection)
    core.handshakes.ended(connection)
    const { link } = connection
    connection.link = undefined
    if (link !== undefined) {
      link.connection = undefined
      core.sink.closeCarrier(link.number, false)
      this.forget(link)
    }
    core.dialing.abandonAttach(connection)
    core.peers.sessionEnded(connection, code, reason, remote)
  }

  /** Closes every carrier, with the sessions on them that proved nothing yet. */
  close(): void {
    for (const link of [...this.links.values()]) {
      if (link.state === 'session') link.connection?.session.close('CLOSED', 'the node is closing')
      if (!this.links.has(link.number)) continue
      this.core.sink.closeCarrier(link.number, false)
      this.forget(link)
    }
  }

  private add(link: Link): void {
    this.links.set(link.number, link)
    this.pending.set(link, link.deadlineMs)
    this.core.sink.wantTick()
  }

  /** A carrier ended: whoever counted on it is told. */
  private give(link: Link, step: 'dial' | 'handshake', reason: Failure): void {
    const { state, connection, attempt } = link
    this.forget(link)
    if (state === 'session' && connection?.link === link) this.carrierLost(connection)
    if (attempt !== undefined && !attempt.done) this.core.dialing.linkFailed(attempt, link, step, reason)
  }

  private carrierLost(connection: ConnectionState): void {
    const { core } = this
    connection.link = undefined
    connection.pingSentMs = undefined
    const canAttach = (connection.established.agreed.features & FEATURE.attach) !== 0
    // While the node drains it takes no carriers, so nobody can bring back a session but we ourselves.
    const isClosing = core.closing && connection.session.side === 'responder'
    if (connection.peer === undefined || !canAttach || isClosing) {
      return connection.session.close('SESSION_LOST', 'the carrier was lost')
    }
    // One that lost against another session of the same peer: nobody needs it back.
    if (connection.peer.connection !== connection) {
      return connection.session.close('SESSION_LOST', 'another connection with this peer stays')
    }
    connection.session.carrierLost(core.time)
    core.peers.touched(connection.peer)
    core.sink.onCarrierChange(connection.peer.id, undefined)
    if (connection.session.side === 'initiator') core.dialing.reattach(connection)
    else core.dialing.awaitAttach(connection)
    core.sink.wantTick()
  }
}
