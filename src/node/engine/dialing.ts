import type { PeerId } from '../../core/ids.js'
import { earlier } from '../../core/time.js'
import type { Explanation } from '../../protocols/dial/history.js'
import type { Dialer } from '../../protocols/dial/machine.js'
import { blank, DENIED, ownSession, stepOf } from './attempts.js'
import type { ConnectionState, Core, DialAttempt, DialingPart, Link, PeerState } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'
import { Waiters } from './waiters.js'

/** How long we wait for a peer that says it is dialling us before we insist on our own dial, ms. */
const AWAIT_INBOUND_MS = 3_000

/** Whom to reach. */
export interface ConnectTarget {
  readonly peer?: PeerId | undefined
  readonly addresses: readonly string[]
}

/** How long a peer is awaited that dialled us and lost its carrier, ms. */
const AWAIT_ATTACH_MS = 1_000

/** Wait after the first try to bring a session to another carrier, ms; it doubles up to the largest. */
const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 2_000

/** Reaches peers: for callers who wait, for messages that wait, and for sessions that lost their carrier. */
export class Dialing implements DialingPart {
  private readonly attempts = new Set<DialAttempt>()
  private readonly byPeer = new Map<PeerId, DialAttempt>()
  private readonly waiters: Waiters

  constructor(
    private readonly core: Core,
    readonly dialer: Dialer,
  ) {
    this.waiters = new Waiters(core)
  }

  /** Attempts under way and callers who wait, for diagnostics. */
  get sizes(): { readonly attempts: number; readonly waiters: number } {
    return { attempts: this.attempts.size, waiters: this.waiters.size }
  }

  /** Begins to connect; the outcome goes to the sink under the token. */
  connect(target: ConnectTarget, timeoutMs: number): number {
    const deadlineMs = this.core.time.monoMs + timeoutMs
    const token = this.waiters.add(deadlineMs)
    const { peer, addresses } = target
    if (this.core.closing) this.waiters.tell(token, undefined, failure('CLOSED', 'the node is closing'))
    else if (peer !== undefined) this.connectPeer(peer, addresses, token, deadlineMs)
    else this.start({ ...blank(deadlineMs), addresses: [...addresses], usesBook: false, tokens: [token] })
    this.core.sink.wantTick()
    return token
  }

  /** The caller lost interest; an attempt that nobody wants any more ends. */
  cancel(token: number): void {
    if (!this.waiters.forget(token)) return
    for (const attempt of [...this.attempts]) {
      if (!attempt.tokens.includes(token)) continue
      attempt.tokens = attempt.tokens.filter(other => other !== token)
      const peer = attempt.peer === undefined ? undefined : this.core.peers.get(attempt.peer)
      const isWanted = attempt.deadlineMs === Infinity || (peer !== undefined && this.wants(peer))
      if (attempt.tokens.length === 0 && !isWanted) this.finish(attempt, failure('ABORTED', 'cancelled by the caller'))
    }
  }

  /** Ends what is under way to a peer that is not wanted any more. */
  abort(peer: PeerId, reason: Failure): void {
    for (const attempt of [...this.attempts]) if (attempt.peer === peer) this.finish(attempt, reason)
  }

  /** Brings a live session to another address; what else is under way with it gives way. */
  migrate(connection: ConnectionState, address: string, timeoutMs: number): number {
    const deadlineMs = this.core.time.monoMs + timeoutMs
    const token = this.waiters.add(deadlineMs)
    const peer = connection.peer?.id
    if (peer !== undefined) this.abort(peer, failure('ABORTED', 'the session is moved to another address'))
    const attempt = { ...blank(deadlineMs), peer, attach: connection, tokens: [token] }
    if (connection.session.alive) this.start({ ...attempt, addresses: [address], usesBook: false })
    else this.waiters.tell(token, undefined, failure('SESSION_LOST', 'the session ended'))
    return token
  }

  /** Learns an address from a peer's own words. */
  learn(peer: PeerId, address: string): void {
    this.dialer.add(peer, address, 'peer')
  }

  /** Whether we are on our way to a peer. */
  isDialling(peer: PeerId): boolean {
    return this.byPeer.get(peer)?.link !== undefined
  }

  /** Whether a peer is to be dialled while it is not connected changed. */
  reconsider(peer: PeerState): void {
    this.dialer.keep(peer.id, this.wants(peer) && !this.byPeer.has(peer.id))
    this.core.sink.wantTick()
  }

  /** A session of ours lost its carrier: bring it to another one, first where the last one was. */
  reattach(connection: ConnectionState): void {
    const { peer } = connection
    if (peer === undefined) return
    this.dialer.disconnected(peer.id, this.core.time)
    this.dialer.add(peer.id, connection.address, 'peer')
    this.reconsider(peer)
  }

  /**
   * A session that the peer dialled lost its carrier: the peer is given a moment to bring another. If it does not,
   * because it was restarted perhaps, and we need it, we dial it ourselves.
   */
  awaitAttach(connection: ConnectionState): void {
    const { peer } = connection
    if (peer === undefined) return
    this.dialer.disconnected(peer.id, this.core.time)
    if (!(peer.kept || peer.hasWork) || this.byPeer.has(peer.id)) return
    if (this.dialer.addresses(peer.id).length === 0) return
    const attempt = { ...blank(Infinity), peer: peer.id, patient: true }
    this.register(attempt)
    attempt.waitUntilMs = this.core.time.monoMs + AWAIT_ATTACH_MS
    this.core.sink.wantTick()
  }

  /** The peer brought its session to another carrier. */
  carrierBack(connection: ConnectionState): void {
    const { peer } = connection
    if (peer === undefined) return
    this.dialer.connected(peer.id, undefined, this.core.time)
    const waiting = this.byPeer.get(peer.id)
    if (waiting !== undefined && waiting.link === undefined) this.finish(waiting, undefined, peer.id)
  }

  /** The last session with a peer ended. */
  lost(peer: PeerState, reason: Failure): void {
    const code = reason.code === 'CLOSED' ? undefined : reason.code
    this.dialer.disconnected(peer.id, this.core.time, code, reason.text)
    this.reconsider(peer)
  }

  /** A session that was to be brought to another carrier ended. Who only wanted the peer gets a new session. */
  abandonAttach(connection: ConnectionState): void {
    for (const attempt of [...this.attempts]) {
      if (attempt.attach !== connection || attempt.done) continue
      const { peer, tokens, deadlineMs } = attempt
      const waiting = tokens.filter(token => this.waiters.has(token))
      if (peer === undefined || !attempt.usesBook || waiting.length === 0 || this.core.closing) {
        this.finish(attempt, failure('SESSION_LOST', 'the session ended'))
        continue
      }
      this.remove(attempt)
      this.giveUpLink(attempt)
      if (this.isConnected(peer)) for (const token of waiting) this.waiters.tell(token, peer, undefined)
      else this.start({ ...blank(deadlineMs), peer, tokens: waiting })
    }
  }

  /** A carrier of an attempt failed at some step: try the next address. */
  linkFailed(attempt: DialAttempt, link: Link, step: 'dial' | 'handshake', reason: Failure): void {
    if (attempt.link !== link) return
    const address = attempt.address
    attempt.link = undefined
    attempt.failure = reason
    if (attempt.peer !== undefined && address !== undefined) {
      const remedy = reason.remedy
      this.dialer.failed(attempt.peer, address, stepOf(step, reason), reason.code, reason.text, this.core.time, remedy)
    }
    if (attempt.peer !== undefined && !this.isConnected(attempt.peer)) this.core.early.notSent(attempt.peer)
    if (attempt.attach !== undefined && attempt.tokens.length === 0) this.retryAttach(attempt)
    else this.advance(attempt)
  }

  /** The peer says that its own dial to us stays: wait for it, then insist. */
  awaitInbound(attempt: DialAttempt, link: Link): void {
    const { peer, address } = attempt
    if (attempt.link !== link) return
    if (attempt.insists) {
      // It may not answer this to who insists: no honest peer does, and no other one makes us dial without a pause.
      return this.linkFailed(attempt, link, 'handshake', failure('LIMIT_EXCEEDED', 'the peer refuses a second session'))
    }
    attempt.link = undefined
    if (peer !== undefined && address !== undefined) this.dialer.cancelled(peer, address)
    if (peer !== undefined && this.isConnected(peer)) return this.finish(attempt, undefined, peer)
    attempt.waitUntilMs = this.core.time.monoMs + AWAIT_INBOUND_MS
    attempt.insists = !attempt.patient
    this.core.sink.wantTick()
  }

  /** A session with a peer came about, by our attempt or by the peer's. */
  succeeded(id: PeerId, attempt: DialAttempt | undefined, connection: ConnectionState): void {
    const { side } = connection.session
    // The address as it was dialled: the carrier may call it otherwise.
    const address = side === 'initiator' ? (attempt?.address ?? connection.address) : undefined
    if (address !== undefined) this.dialer.add(id, address, attempt?.peer === undefined ? 'user' : 'peer')
    this.dialer.connected(id, address, this.core.time)
    if (attempt !== undefined) this.finish(attempt, undefined, id)
    const other = this.byPeer.get(id)
    if (other !== undefined && other.link === undefined) this.finish(other, undefined, id)
  }

  endedAtOnce(attempt: DialAttempt): void {
    this.finish(attempt, failure('CLOSED', 'the session was ended as soon as it was there'))
  }

  /** A change of carrier is complete. */
  attached(attempt: DialAttempt): void {
    const peer = attempt.peer
    if (peer === undefined) return
    this.dialer.connected(peer, attempt.address, this.core.time)
    this.finish(attempt, undefined, peer)
  }

  /** The peer does not know the session any more: begin a new one, which replaces it. */
  replaceSession(attempt: DialAttempt): void {
    const { tokens, deadlineMs, peer, address } = attempt
    if (peer !== undefined && address !== undefined) this.dialer.cancelled(peer, address)
    // One that is only to move has a carrier that works: what nobody signed does not end it.
    if (peer === undefined || attempt.attach?.session.connected === true) {
      attempt.link = undefined
      return this.finish(attempt, failure('SESSION_LOST', 'the session is not known at this address'))
    }
    this.remove(attempt)
    this.dialer.revive(peer)
    this.start({ ...blank(deadlineMs), peer, tokens, insists: true })
  }

  /** Why a peer is reachable or not. */
  explain(peer: PeerId): Explanation {
    const explanation = this.dialer.explain(peer)
    const running = this.byPeer.has(peer) && explanation.state !== 'connected'
    const kept = this.core.peers.get(peer)?.kept ?? false
    return running ? { ...explanation, kept, state: 'dialling' } : { ...explanation, kept }
  }

  /** When {@link Dialing.tick} has something to do. */
  nextDeadline(): number | undefined {
    let next = earlier(this.dialer.nextDeadline(), this.waiters.nextDeadline())
    for (const attempt of this.attempts) next = earlier(next, attempt.waitUntilMs)
    return next
  }

  /** Does what is due. */
  tick(): void {
    const { time } = this.core
    this.waiters.tick()
    for (const attempt of [...this.attempts]) {
      if (attempt.done || (attempt.waitUntilMs ?? Infinity) > time.monoMs) continue
      attempt.waitUntilMs = undefined
      if (attempt.peer !== undefined) this.dialer.revive(attempt.peer)
      this.advance(attempt)
    }
    this.dialer.tick(time, { onDue: peer => this.redial(peer) })
  }

  /** Ends all attempts. */
  close(): void {
    const closing = failure('CLOSED', 'the node is closing')
    for (const attempt of [...this.attempts]) this.finish(attempt, closing)
    this.waiters.close(closing)
  }

  private connectPeer(id: PeerId, addresses: readonly string[], token: number, deadlineMs: number): void {
    const { peers } = this.core
    for (const address of addresses) this.dialer.add(id, address, 'user')
    if (this.isConnected(id)) return this.waiters.tell(token, id, undefined)
    if (!peers.allows(id)) return this.waiters.tell(token, undefined, DENIED)
    const peer = peers.get(id)
    if (peer !== undefined) peer.parked = false
    this.dialer.revive(id)
    const running = this.byPeer.get(id)
    if (running !== undefined) {
      running.tokens.push(token)
      running.deadlineMs = Math.max(running.deadlineMs, deadlineMs)
      return
    }
    this.start({ ...blank(deadlineMs), peer: id, attach: ownSession(peer), tokens: [token] })
  }

  private redial(id: PeerId): void {
    const peer = this.core.peers.get(id)
    if (peer === undefined || this.byPeer.has(id) || !this.wants(peer)) return void this.dialer.keep(id, false)
    this.start({ ...blank(Infinity), peer: id, attach: ownSession(peer) })
  }

  /** Whether a peer is to be dialled unasked. While the node drains, only sessions it has are brought back. */
  private wants(peer: PeerState): boolean {
    if (ownSession(peer)?.session.connected === false) return true
    return (peer.kept || (peer.hasWork && !peer.parked)) && !this.core.closing
  }

  private isConnected(id: PeerId): boolean {
    const session = this.core.peers.get(id)?.connection?.session
    return session !== undefined && session.alive && session.connected
  }

  private start(attempt: DialAttempt): void {
    this.register(attempt)
    this.advance(attempt)
  }

  private register(attempt: DialAttempt): void {
    this.attempts.add(attempt)
    if (attempt.peer !== undefined) {
      this.byPeer.set(attempt.peer, attempt)
      // The book asks for no other dial while this one is under way; finish() looks at it anew.
      this.dialer.keep(attempt.peer, false)
    }
  }

  /** A live session has thirty seconds to find a carrier: its tries follow each other more closely than other dials. */
  private retryAttach(attempt: DialAttempt): void {
    const { random, time, sink } = this.core
    const spanMs = Math.min(FIRST_RETRY_MS * 2 ** attempt.tries++, MAX_RETRY_MS)
    const jitter = random.fill(new Uint8Array(1))[0] / 255
    attempt.waitUntilMs = time.monoMs + spanMs * (0.5 + jitter / 2)
    sink.wantTick()
  }

  private advance(attempt: DialAttempt): void {
    const { core } = this
    const { peer, attach } = attempt
    // A session came about meanwhile that this attempt was not told of.
    if (attach === undefined && peer !== undefined && this.isConnected(peer))
      return this.finish(attempt, undefined, peer)
    const address = core.time.monoMs < attempt.deadlineMs ? this.nextAddress(attempt) : undefined
    if (address === undefined) return this.finish(attempt, attempt.failure ?? this.noAddress(attempt))
    if (peer !== undefined && !core.peers.allows(peer)) {
      this.dialer.failed(peer, address, 'admission', DENIED.code, DENIED.text, core.time)
      return this.finish(attempt, DENIED)
    }
    attempt.address = address
    const limitMs = core.time.monoMs + core.config.connectTimeoutMs
    attempt.link = core.links.dial(attempt, address, Math.min(limitMs, attempt.deadlineMs))
  }

  private nextAddress(attempt: DialAttempt): string | undefined {
    return (
      attempt.addresses.shift() ??
      (attempt.peer === undefined || !attempt.usesBook ? undefined : this.dialer.next(attempt.peer, this.core.time))
    )
  }

  private noAddress(attempt: DialAttempt): Failure {
    const told = attempt.peer === undefined ? undefined : this.dialer.explain(attempt.peer).failure
    return told === undefined
      ? failure('NO_ADDRESS', 'no address of this peer is known')
      : { ...failure(told.code, told.text), remedy: told.remedy }
  }

  private finish(attempt: DialAttempt, reason: Failure | undefined, peer?: PeerId): void {
    if (attempt.done) return
    this.remove(attempt)
    if (reason !== undefined) this.giveUpLink(attempt)
    for (const token of attempt.tokens) this.waiters.tell(token, peer, reason)
    if (attempt.peer === undefined) return
    const known = this.core.peers.get(attempt.peer)
    if (known !== undefined) this.reconsider(known)
  }

  /** A carrier that is still being tried is of no use any more. */
  private giveUpLink(attempt: DialAttempt): void {
    const { link, peer, address } = attempt
    if (link === undefined) return
    if (peer !== undefined && address !== undefined) this.dialer.cancelled(peer, address)
    this.core.links.drop(link, 'given up')
  }

  private remove(attempt: DialAttempt): void {
    attempt.done = true
    this.attempts.delete(attempt)
    if (attempt.peer !== undefined && this.byPeer.get(attempt.peer) === attempt) this.byPeer.delete(attempt.peer)
  }
}
