import { ERROR_CODES, type ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { earlier, type Time } from '../../core/time.js'
import type { Random } from '../../ports/random.js'
import type { AddressSource, PeerAddress } from './addresses.js'
import { Backoff } from './backoff.js'
import type { DialConfig } from './config.js'
import { type DialAttempt, type DialFailure, type DialStep, type Explanation, tellingFailure } from './history.js'
import { type DialPeer, PeerBook } from './peers.js'

/** What a dialer is made of. */
export interface DialerOptions {
  readonly config: DialConfig
  /** For the jitter of waits. */
  readonly random: Random
}

/** Who dials. */
export interface DialerSink {
  /** A peer that is kept is to be dialled: take the address from `next` in this call, else it stays due. */
  onDue(peer: PeerId): void
}

/**
 * Knows where peers may be found, which address to try next and when, whom to dial again after a loss, and why a
 * peer could not be reached. It dials nothing itself.
 *
 * @example
 * ```ts
 * dialer.add(peer, 'tcp://192.0.2.1:4001', 'user')
 * const address = dialer.next(peer, time) // counts as an attempt until connected or failed is told
 * dialer.failed(peer, address, 'dial', 'DIAL_FAILED', 'connection refused', time)
 * dialer.next(peer, time) // undefined: the address waits
 * ```
 */
export class Dialer {
  private readonly book: PeerBook
  private readonly backoff: Backoff
  private successes = 0
  private deadlineMs: number | undefined
  private isStale = false

  constructor(private readonly options: DialerOptions) {
    this.book = new PeerBook(options.config)
    this.backoff = new Backoff(options.config, options.random)
  }

  /** Peers in the address book. */
  get peers(): number {
    return this.book.size
  }

  /** Learns an address. False: it is too long, or the book or the peer's list is full of better ones. */
  add(peer: PeerId, address: string, source: AddressSource): boolean {
    if (address.length === 0 || address.length > LIMITS.maxAddressChars) return false
    this.isStale = true
    return this.book.use(peer)?.addresses.add(address, source) ?? false
  }

  /** Forgets an address. */
  remove(peer: PeerId, address: string): void {
    this.isStale = true
    this.book.find(peer)?.addresses.remove(address)
  }

  /** Addresses of a peer, in the order they were learnt. */
  addresses(peer: PeerId): readonly string[] {
    return this.book.find(peer)?.addresses.all.map(entry => entry.address) ?? []
  }

  /** Whether a peer should be dialled whenever it is not connected. False: the book is full of peers that are needed. */
  keep(peer: PeerId, kept: boolean): boolean {
    this.isStale = true
    const entry = kept ? this.book.use(peer) : this.book.find(peer)
    if (entry !== undefined) entry.kept = kept
    return entry !== undefined || !kept
  }

  /** Forgets a peer with all its addresses and its history. */
  forget(peer: PeerId): void {
    this.isStale = true
    this.book.drop(peer)
  }

  /**
   * The address to dial now, undefined where there is none or all of them wait. It counts as being dialled until
   * `connected`, `failed` or `cancelled` tells how that ended; asked again meanwhile, the next best comes.
   */
  next(peer: PeerId, time: Time): string | undefined {
    const entry = this.book.find(peer)?.addresses.best(time.monoMs)
    if (entry === undefined) return undefined
    entry.dialling = true
    this.isStale = true
    return entry.address
  }

  /** Lets all addresses of a peer be tried now although they wait: the user asks for the peer, or the network changed. */
  revive(peer: PeerId): void {
    this.isStale = true
    for (const entry of this.book.find(peer)?.addresses.all ?? []) entry.notBeforeMs = 0
  }

  /** A connection is usable; `address` is undefined where the peer opened it. */
  connected(peer: PeerId, address: string | undefined, time: Time): void {
    const entry = this.book.use(peer)
    if (entry === undefined) return
    this.isStale = true
    entry.connectedBy = address ?? ''
    entry.connectedAtMs = time.monoMs
    entry.remember({ address, failure: undefined, wallMs: time.wallMs })
    const by = this.ended(entry, address)
    if (by === undefined) return
    by.successOrder = ++this.successes
    by.lastSuccessWallMs = time.wallMs
  }

  /**
   * The last connection of a peer ended. If it lasted, its address starts afresh, otherwise that was a failure.
   *
   * @param code why, where it was not closed in order; `explain` then shows it
   */
  disconnected(peer: PeerId, time: Time, code?: ErrorCode, text = ''): void {
    const entry = this.book.find(peer)
    if (entry === undefined || entry.connectedBy === undefined) return
    this.isStale = true
    if (code !== undefined) entry.remember(attempt(entry.connectedBy || undefined, 'session', code, text, time))
    const by = entry.addresses.find(entry.connectedBy)
    const lasted = time.monoMs - entry.connectedAtMs >= this.options.config.stableMs
    entry.connectedBy = undefined
    if (by === undefined) return
    if (lasted) by.failures = 0
    else by.failures++
    by.notBeforeMs = time.monoMs + this.backoff.delayMs(by.failures)
  }

  /**
   * An attempt failed.
   *
   * @param address what `next` gave; undefined where it failed before an address was chosen
   * @param remedy what to do about it; the code's general remedy when absent
   */
  failed(
    peer: PeerId,
    address: string | undefined,
    step: DialStep,
    code: ErrorCode,
    text: string,
    time: Time,
    remedy?: string,
  ): void {
    const entry = this.book.use(peer)
    if (entry === undefined) return
    this.isStale = true
    entry.remember(attempt(address, step, code, text, time, remedy))
    const by = this.ended(entry, address)
    if (by === undefined) return
    by.failures++
    by.notBeforeMs = time.monoMs + this.backoff.delayMs(by.failures)
  }

  /** An attempt was given up for a reason that says nothing about the address: another was quicker, the node closes. */
  cancelled(peer: PeerId, address: string): void {
    const entry = this.book.find(peer)
    if (entry !== undefined) this.ended(entry, address)
    this.isStale = true
  }

  /** Tells which kept peers are to be dialled now. */
  tick(time: Time, sink: DialerSink): void {
    if ((this.nextDeadline() ?? Infinity) > time.monoMs) return
    const due: PeerId[] = []
    for (const peer of this.book.all()) if ((peer.dueMs ?? Infinity) <= time.monoMs) due.push(peer.id)
    for (const peer of due) sink.onDue(peer)
  }

  /** When a kept peer is to be dialled next (monoMs). */
  nextDeadline(): number | undefined {
    if (!this.isStale) return this.deadlineMs
    this.isStale = false
    this.deadlineMs = undefined
    for (const peer of this.book.all()) this.deadlineMs = earlier(this.deadlineMs, peer.dueMs)
    return this.deadlineMs
  }

  /** Why a peer is reachable or not: the step that failed, the code and the remedy, with what was tried. */
  explain(peer: PeerId): Explanation {
    const entry = this.book.find(peer)
    const attempts = entry === undefined ? [] : [...entry.history].reverse()
    const addresses = entry?.addresses.all ?? []
    const isConnected = entry?.connectedBy !== undefined
    let failure = isConnected ? undefined : tellingFailure(attempts)
    if (!isConnected && addresses.length === 0 && failure === undefined) failure = NO_ADDRESS
    return {
      peer,
      state: stateOf(entry),
      kept: entry?.kept ?? false,
      failure,
      nextAttemptMs: entry?.dueMs,
      addresses: addresses.map(reportOf),
      attempts,
    }
  }

  private ended(peer: DialPeer, address: string | undefined): PeerAddress | undefined {
    const by = address === undefined ? undefined : peer.addresses.find(address)
    if (by !== undefined) by.dialling = false
    return by
  }
}

const NO_ADDRESS: DialFailure = {
  step: 'address',
  code: 'NO_ADDRESS',
  text: 'no address of this peer is known',
  remedy: ERROR_CODES.NO_ADDRESS,
}

function attempt(
  address: string | undefined,
  step: DialStep,
  code: ErrorCode,
  text: string,
  time: Time,
  remedy: string = ERROR_CODES[code],
): DialAttempt {
  const failure = { step, code, text: text.slice(0, LIMITS.maxFailureTextBytes), remedy }
  return { address, failure, wallMs: time.wallMs }
}

function stateOf(peer: DialPeer | undefined): Explanation['state'] {
  if (peer === undefined) return 'idle'
  if (peer.connectedBy !== undefined) return 'connected'
  if (peer.isDialling) return 'dialling'
  return peer.dueMs === undefined ? 'idle' : 'waiting'
}

function reportOf({
  address,
  failures,
  lastSuccessWallMs,
  notBeforeMs,
}: PeerAddress): Explanation['addresses'][number] {
  return { address, failures, lastSuccessWallMs, notBeforeMs }
}
