import type { ErrorCode } from '../../core/errors.js'
import { isErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { earlier } from '../../core/time.js'
import type { RequestOptions } from '../../protocols/delivery/sink.js'
import {
  decodeEarlyAnswer,
  decodeEarlyRequests,
  type EarlyAnswer,
  encodeEarlyAnswer,
  encodeEarlyRequests,
} from '../../protocols/early/messages.js'
import type { Core, EarlyPart, PeerState } from './core.js'
import { failure } from './failures.js'

/** Name of the message that answers an early request. */
export const EARLY_ANSWER = 'hyphae/early'

/** One request of ours that is to go, or went, with a resumption. */
interface EarlyRequest {
  readonly peer: PeerId
  readonly name: string
  readonly body: Uint8Array
  readonly options: RequestOptions
  readonly deadlineMs: number
  /** Whether it is in a resumption on its way. */
  sent: boolean
}

/**
 * Requests in the first flight of a resumption (0-RTT). Only those the caller calls idempotent go this way. The ticket
 * is gone with its first use, so no replay reaches a handler; where the peer knows it no more, the request is sent
 * again in the ordinary way. Tokens are negative, those of ordinary requests are not.
 */
export class Early implements EarlyPart {
  private readonly requests = new Map<number, EarlyRequest>()
  /** Ordinary requests that stand for early ones that could not go: ordinary token by peer → early token. */
  private readonly ordinary = new Map<string, number>()
  private readonly answers = new Map<number, { readonly peer: PeerId; readonly id: number }>()
  private lastToken = 0
  private lastAnswer = 0

  constructor(private readonly core: Core) {}

  /** Whether a request to this peer would go early. */
  suits(peer: PeerState, name: string, body: Uint8Array): boolean {
    const room = LIMITS.maxEarlyDataBytes - name.length * 3 - 64
    return !peer.connected && body.length <= room && this.core.tickets.has(peer.id)
  }

  /** Takes a request. @returns its token */
  add(peer: PeerState, name: string, body: Uint8Array, options: RequestOptions): number {
    const token = -++this.lastToken
    const deadlineMs = this.core.time.monoMs + options.timeoutMs
    this.requests.set(token, { peer: peer.id, name, body, options, deadlineMs, sent: false })
    return token
  }

  /** Whether requests wait for a session with this peer. */
  waits(peer: PeerId): boolean {
    for (const request of this.requests.values()) if (request.peer === peer && !request.sent) return true
    return false
  }

  /** Early data for a resumption that begins now: as many waiting requests as fit. */
  take(peer: PeerId): Uint8Array {
    const entries: { id: number; name: string; body: Uint8Array; timeoutMs: number }[] = []
    let encoded = new Uint8Array(0) as Uint8Array
    for (const [token, request] of this.requests) {
      if (request.peer !== peer || request.sent) continue
      entries.push({ id: -token, name: request.name, body: request.body, timeoutMs: request.options.timeoutMs })
      const next = encodeEarlyRequests(entries)
      if (next.length > LIMITS.maxEarlyDataBytes) break
      encoded = next
      request.sent = true
    }
    return encoded
  }

  /** A session with the peer is there; unless it took the early data, the requests go the ordinary way. */
  connected(peer: PeerState, resumed: boolean): void {
    for (const [token, request] of [...this.requests]) {
      if (request.peer !== peer.id || (resumed && request.sent)) continue
      this.requests.delete(token)
      const { monoMs } = this.core.time
      const timeoutMs = Math.max(1, request.deadlineMs - monoMs)
      const options = { ...request.options, timeoutMs }
      this.ordinary.set(`${peer.id} ${peer.delivery.nextRequestToken(options.priority)}`, token)
      peer.delivery.request(request.name, request.body, options, this.core.time)
    }
  }

  /** A dial for the peer ended without a session: what was sent with it is to be sent again. */
  notSent(peer: PeerId): void {
    for (const request of this.requests.values()) if (request.peer === peer) request.sent = false
  }

  /** The token under which the caller knows an ordinary request; most know it by its own. */
  tokenOf(peer: PeerId, token: number): number {
    const key = `${peer} ${token}`
    const early = this.ordinary.get(key)
    if (early === undefined) return token
    this.ordinary.delete(key)
    return early
  }

  /** The caller gave an early request up. False: there is none. */
  cancel(token: number): boolean {
    const request = this.requests.get(token)
    if (request === undefined) return false
    this.requests.delete(token)
    this.core.sink.onFailure(request.peer, token, failure('ABORTED', 'cancelled by the caller'))
    return true
  }

  /** Early data of a peer arrived with its resumption. */
  receive(peer: PeerId, early: Uint8Array): void {
    for (const { id, name, body, timeoutMs } of decodeEarlyRequests(early)) {
      const token = -++this.lastAnswer
      this.answers.set(token, { peer, id })
      this.core.sink.onRequest(peer, token, name, body, timeoutMs)
    }
  }

  /** Answers an early request of a peer. */
  answer(peer: PeerState, token: number, outcome: { body: Uint8Array } | { code: ErrorCode; text: string }): void {
    const waiting = this.answers.get(token)
    this.answers.delete(token)
    if (waiting?.peer !== peer.id) return
    const body = encodeEarlyAnswer({ id: waiting.id, ...outcome })
    peer.ignoreNextStatus(0)
    peer.delivery.send(EARLY_ANSWER, body, { qos: 1, priority: 0 }, this.core.time)
  }

  /** The answer to an early request of ours. */
  answered(peer: PeerId, body: Uint8Array): void {
    const answer: EarlyAnswer | undefined = decodeEarlyAnswer(body)
    if (answer === undefined) return
    const token = -answer.id
    if (this.requests.get(token)?.peer !== peer) return
    this.requests.delete(token)
    const { sink } = this.core
    if ('body' in answer) sink.onResponse(peer, token, answer.body)
    else sink.onFailure(peer, token, failure(isErrorCode(answer.code) ? answer.code : 'HANDLER_FAILED', answer.text))
  }

  /** When {@link Early.tick} has something to do. */
  nextDeadline(): number | undefined {
    let next: number | undefined
    for (const request of this.requests.values()) next = earlier(next, request.deadlineMs)
    return next
  }

  /** Fails what took too long. */
  tick(): void {
    const { time, sink } = this.core
    for (const [token, request] of [...this.requests]) {
      if (time.monoMs < request.deadlineMs) continue
      this.requests.delete(token)
      sink.onFailure(request.peer, token, failure('TIMEOUT', `no answer within ${request.options.timeoutMs} ms`))
    }
  }
}
