import { isErrorCode, isHyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { earlier } from '../../core/time.js'
import type { RequestOptions } from '../../protocols/delivery/sink.js'
import { decodeEarlyAnswer, encodeEarlyRequests } from '../../protocols/early/messages.js'
import type { Core, EarlyPart, PeerState } from './core.js'
import { EarlyAnswers } from './early-answers.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** One request of ours that is to go, or went, with a resumption. */
interface EarlyRequest {
  readonly name: string
  readonly body: Uint8Array
  readonly options: RequestOptions
  readonly deadlineMs: number
  /** Whether it is in a resumption on its way, or in the session that came of it. */
  sent: boolean
}

/**
 * Requests in the first flight of a resumption (0-RTT). Only those the caller calls idempotent go this way. The ticket
 * is gone with its first use, so no replay reaches a handler; where the peer knows it no more, the request is sent
 * again in the ordinary way. Tokens are negative, those of ordinary requests are not.
 */
export class Early implements EarlyPart {
  readonly answers: EarlyAnswers
  private readonly requests = new Map<PeerId, Map<number, EarlyRequest>>()
  /** Ordinary requests that stand for early ones that could not go: of each peer, ordinary token → early token. */
  private readonly standIns = new Map<PeerId, Map<number, number>>()
  private lastToken = 0

  constructor(private readonly core: Core) {
    this.answers = new EarlyAnswers(core)
  }

  /** Requests that are not final, with those that went the ordinary way in the end. */
  get size(): number {
    let size = 0
    for (const of of this.requests.values()) size += of.size
    for (const of of this.standIns.values()) size += of.size
    return size
  }

  /** Whether a request to this peer would go early. */
  suits(peer: PeerState, name: string, body: Uint8Array): boolean {
    const room = LIMITS.maxEarlyDataBytes - name.length * 3 - 64
    if (peer.connected || body.length > room || this.core.closing) return false
    return (this.requests.get(peer.id)?.size ?? 0) < LIMITS.maxEarlyRequests && this.core.tickets.has(peer.id)
  }

  /** Takes a request. @returns its token */
  add(peer: PeerState, name: string, body: Uint8Array, options: RequestOptions): number {
    const token = -++this.lastToken
    const deadlineMs = this.core.time.monoMs + options.timeoutMs
    const known = this.requests.get(peer.id) ?? new Map<number, EarlyRequest>()
    this.requests.set(peer.id, known.set(token, { name, body, options, deadlineMs, sent: false }))
    return token
  }

  /** Whether requests wait for a session with this peer. */
  waits(peer: PeerId): boolean {
    const known = this.requests.get(peer)
    if (known !== undefined) for (const request of known.values()) if (!request.sent) return true
    return false
  }

  isAnswering(peer: PeerId): boolean {
    return this.requests.has(peer) || this.answers.has(peer)
  }

  /** Early data for a resumption that begins now: as many waiting requests as fit. */
  take(peer: PeerId): Uint8Array {
    const entries: { id: number; name: string; body: Uint8Array; timeoutMs: number }[] = []
    let encoded = new Uint8Array(0) as Uint8Array
    for (const [token, request] of this.requests.get(peer) ?? []) {
      if (request.sent) continue
      const timeoutMs = Math.max(1, request.deadlineMs - this.core.time.monoMs)
      entries.push({ id: -token, name: request.name, body: request.body, timeoutMs })
      const next = encodeEarlyRequests(entries)
      if (next.length > LIMITS.maxEarlyDataBytes) break
      encoded = next
      request.sent = true
    }
    return encoded
  }

  /** A session with the peer is there; unless it took the early data, the requests go the ordinary way. */
  connected(peer: PeerState, resumed: boolean): void {
    for (const [token, request] of [...(this.requests.get(peer.id) ?? [])]) {
      if (resumed && request.sent) continue
      if (this.forget(peer.id, token) !== undefined) this.sendOrdinarily(peer, token, request)
    }
  }

  /** A dial for the peer or the session ended: what was sent with it and not answered is to be sent again. */
  notSent(peer: PeerId): void {
    for (const request of this.requests.get(peer)?.values() ?? []) request.sent = false
  }

  /** The token under which the caller knows an ordinary request that is final now; most know it by its own. */
  tokenOf(peer: PeerId, token: number): number {
    if (this.standIns.size === 0) return token
    const known = this.standIns.get(peer)
    const early = known?.get(token)
    if (known === undefined || early === undefined) return token
    known.delete(token)
    if (known.size === 0) this.standIns.delete(peer)
    return early
  }

  /** The caller gave an early request up. @returns an ordinary token to cancel in its place, if it goes that way */
  cancel(peer: PeerId, token: number): number | undefined {
    if (this.forget(peer, token) !== undefined) this.fail(peer, token, failure('ABORTED', 'cancelled by the caller'))
    else for (const [ordinary, early] of this.standIns.get(peer) ?? []) if (early === token) return ordinary
    return undefined
  }

  /** Early data of a peer arrived with its resumption. */
  receive(peer: PeerId, early: Uint8Array): void {
    this.answers.receive(peer, early)
  }

  /** The answer to an early request of ours. */
  answered(peer: PeerId, body: Uint8Array): void {
    const answer = decodeEarlyAnswer(body)
    if (answer === undefined) return
    const token = -answer.id
    if (this.forget(peer, token) === undefined) return
    if ('body' in answer) this.core.sink.onResponse(peer, token, answer.body)
    else this.fail(peer, token, failure(isErrorCode(answer.code) ? answer.code : 'HANDLER_FAILED', answer.text))
  }

  /** When {@link Early.tick} has something to do. */
  nextDeadline(): number | undefined {
    let next = this.answers.nextDeadline()
    for (const known of this.requests.values()) {
      for (const request of known.values()) next = earlier(next, request.deadlineMs)
    }
    return next
  }

  /** Fails what took too long. */
  tick(): void {
    const { monoMs } = this.core.time
    for (const [peer, known] of [...this.requests]) {
      for (const [token, request] of [...known]) {
        if (monoMs < request.deadlineMs || this.forget(peer, token) === undefined) continue
        this.fail(peer, token, failure('TIMEOUT', `no answer within ${request.options.timeoutMs} ms`))
      }
    }
    this.answers.tick()
  }

  /** Fails everything. */
  close(): void {
    for (const [peer, known] of [...this.requests]) {
      for (const token of [...known.keys()]) {
        if (this.forget(peer, token) !== undefined) this.fail(peer, token, failure('CLOSED', 'the node is closing'))
      }
    }
    this.answers.close()
  }

  private sendOrdinarily(peer: PeerState, token: number, request: EarlyRequest): void {
    const { time } = this.core
    const options = { ...request.options, timeoutMs: Math.max(1, request.deadlineMs - time.monoMs) }
    const ordinary = peer.delivery.nextRequestToken(options.priority)
    const known = this.standIns.get(peer.id) ?? new Map<number, number>()
    this.standIns.set(peer.id, known.set(ordinary, token))
    try {
      peer.delivery.request(request.name, request.body, options, time)
    } catch (error) {
      this.tokenOf(peer.id, ordinary)
      if (!isHyphaeError(error)) throw error
      this.fail(peer.id, token, failure(error.code, error.message))
    }
  }

  private forget(peer: PeerId, token: number): EarlyRequest | undefined {
    const known = this.requests.get(peer)
    const request = known?.get(token)
    if (known === undefined || request === undefined) return undefined
    known.delete(token)
    if (known.size === 0) this.requests.delete(peer)
    return request
  }

  private fail(peer: PeerId, token: number, reason: Failure): void {
    const known = this.core.peers.get(peer)
    if (known !== undefined) this.core.peers.touched(known)
    this.core.sink.onFailure(peer, token, reason)
  }
}
