import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { decodeEarlyRequests, encodeEarlyAnswer } from '../../protocols/early/messages.js'
import type { Core, PeerState } from './core.js'

/** Name of the message that answers an early request. */
export const EARLY_ANSWER = 'hyphae/early'

/** How long an answer may wait for a session before it is of no use, ms. */
const ANSWER_LIFETIME_MS = 10_000

/** What an early request is answered with. */
export type EarlyOutcome = { readonly body: Uint8Array } | { readonly code: ErrorCode; readonly text: string }

interface Waiting {
  readonly peer: PeerId
  /** Number by which the peer knows its request. */
  readonly id: number
  /** When the peer does not wait any more, monoMs. */
  readonly deadlineMs: number
}

/** Early requests of peers that are with their handlers: bounded for each peer and in all, and never kept past their time. */
export class EarlyAnswers {
  private readonly waiting = new Map<number, Waiting>()
  private readonly byPeer = new Map<PeerId, number>()
  private lastToken = 0
  /** No waiting request ends before, monoMs: thousands of them are not walked through each turn. */
  private earliestMs = Infinity

  constructor(private readonly core: Core) {}

  /** Early requests that are with their handlers. */
  get size(): number {
    return this.waiting.size
  }

  /** Whether a request of the peer is with its handler. */
  has(peer: PeerId): boolean {
    return this.byPeer.has(peer)
  }

  /** Early data of a peer arrived with its resumption. */
  receive(id: PeerId, early: Uint8Array): void {
    const peer = this.core.peers.ensure(id)
    for (const request of decodeEarlyRequests(early)) {
      const refusal = this.refusal(id, request.body.length)
      if (refusal !== undefined) {
        this.send(peer, request.id, refusal)
        continue
      }
      const token = -++this.lastToken
      const deadlineMs = this.core.time.monoMs + request.timeoutMs
      this.waiting.set(token, { peer: id, id: request.id, deadlineMs })
      this.earliestMs = Math.min(this.earliestMs, deadlineMs)
      this.byPeer.set(id, (this.byPeer.get(id) ?? 0) + 1)
      this.core.sink.onRequest(id, token, request.name, request.body, request.timeoutMs)
    }
    this.core.sink.wantTick()
  }

  /** Answers an early request of a peer. */
  answer(peer: PeerState, token: number, outcome: EarlyOutcome): void {
    const waiting = this.waiting.get(token)
    if (waiting?.peer !== peer.id) return
    this.forget(token, waiting)
    this.send(peer, waiting.id, outcome)
  }

  /** When {@link EarlyAnswers.tick} has something to do. */
  nextDeadline(): number | undefined {
    return this.waiting.size === 0 ? undefined : this.earliestMs
  }

  /** Tells the handlers of those that nobody waits for any more. */
  tick(): void {
    if (this.core.time.monoMs < this.earliestMs) return
    this.earliestMs = Infinity
    for (const { deadlineMs } of this.waiting.values()) {
      if (this.core.time.monoMs < deadlineMs) this.earliestMs = Math.min(this.earliestMs, deadlineMs)
    }
    for (const [token, waiting] of [...this.waiting]) {
      if (this.core.time.monoMs < waiting.deadlineMs || !this.waiting.has(token)) continue
      this.forget(token, waiting)
      this.core.sink.onCancelled(waiting.peer, token)
    }
  }

  /** Tells all handlers that nobody waits any more. */
  close(): void {
    for (const [token, waiting] of [...this.waiting]) {
      if (!this.waiting.has(token)) continue
      this.forget(token, waiting)
      this.core.sink.onCancelled(waiting.peer, token)
    }
  }

  private refusal(peer: PeerId, bytes: number): { code: ErrorCode; text: string } | undefined {
    if (this.core.closing) return { code: 'CLOSED', text: 'the node is closing' }
    const full = (this.byPeer.get(peer) ?? 0) >= LIMITS.maxEarlyAnswers || this.size >= LIMITS.maxEarlyAnswersAll
    if (full) return { code: 'RATE_LIMITED', text: 'too many requests at once' }
    const waitMs = this.core.peers.waitMs(peer, bytes)
    if (waitMs === 0) return undefined
    return { code: 'RATE_LIMITED', text: `too many requests: try again in ${Math.ceil(waitMs)} ms` }
  }

  private send(peer: PeerState, id: number, outcome: EarlyOutcome): void {
    if (peer.sendOwn(EARLY_ANSWER, encodeEarlyAnswer({ id, ...outcome }), 0, ANSWER_LIFETIME_MS)) return
    if ('code' in outcome) return
    const refused = { id, code: 'MESSAGE_TOO_LARGE', text: 'the answer does not fit' }
    peer.sendOwn(EARLY_ANSWER, encodeEarlyAnswer(refused), 0, ANSWER_LIFETIME_MS)
  }

  private forget(token: number, { peer }: Waiting): void {
    this.waiting.delete(token)
    const left = (this.byPeer.get(peer) ?? 1) - 1
    if (left === 0) this.byPeer.delete(peer)
    else this.byPeer.set(peer, left)
  }
}
