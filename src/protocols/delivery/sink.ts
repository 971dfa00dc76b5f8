import type { ErrorCode } from '../../core/errors.js'

/** 0 at most once, 1 at least once, 2 handled exactly once as long as the receiver keeps or restores its state. */
export type Qos = 0 | 1 | 2

/** 0 urgent, 1 normal, 2 low, 3 bulk. */
export type Priority = 0 | 1 | 2 | 3

/**
 * Where a message is: `queued` here, `sent` when its last byte was written to the session (final for qos 0),
 * `acknowledged` by the peer (final), `failed` (final).
 */
export type MessageStatus = 'queued' | 'sent' | 'acknowledged' | 'failed'

/** What a caller decides about one message. */
export interface SendOptions {
  readonly qos: Qos
  readonly priority: Priority
  /** Time after which the message fails with EXPIRED unless it is final, ms. Default: none. */
  readonly lifetimeMs?: number | undefined
  /** Whether to compress; the configuration decides where absent. */
  readonly compress?: boolean | undefined
  /** Whether the body is the caller's again when the call returns: it is copied where it has to be kept. */
  readonly borrowed?: boolean | undefined
}

/** What a caller decides about one request. */
export interface RequestOptions {
  readonly priority: Priority
  /** Time until the request fails with TIMEOUT, ms; the peer learns it too. */
  readonly timeoutMs: number
  /** Whether to compress; the configuration decides where absent. */
  readonly compress?: boolean | undefined
}

/**
 * What a {@link Delivery} calls. A sink may call the machine back from inside any of these methods except `receive`,
 * which comes from the session only and never from inside a call of the machine.
 */
export interface DeliverySink {
  /**
   * Writes `buffer[from, to)` to a lane and returns how many bytes were taken; they are copied before it returns. Where
   * it took fewer, `writable(lane)` follows when there is room.
   */
  write(lane: number, buffer: Uint8Array, from: number, to: number): number
  /** Returns credit: so many received bytes of the lane need no more room. */
  consume(lane: number, bytes: number): void
  /** Enough was written: what the session holds should leave now. */
  flush(): void
  /**
   * A message's status; the first call may come before {@link Delivery.send} has returned its token.
   * @param owner - what the caller of `send` gave along, so that nobody has to look the message up
   */
  onStatus(token: number, status: MessageStatus, code?: ErrorCode, text?: string, owner?: unknown): void
  /**
   * A one-way message; the next of this lane comes after `handled(token)` or `notHandled(token)`. `body` is the
   * receiver's own; a small one shares its ArrayBuffer with other bodies of this peer (copy it before a transfer).
   */
  onMessage(token: number, name: string, body: Uint8Array, priority: Priority, qos: Qos): void
  /** A request, to be answered by `respond(token)` or `refuse(token)` within `timeoutMs`. `body` is the receiver's own. */
  onRequest(token: number, name: string, body: Uint8Array, timeoutMs: number): void
  /** Nobody waits for the answer to this request any more. */
  onCancelled(token: number): void
  /** The answer to a request of ours. `body` is the receiver's own. */
  onResponse(token: number, body: Uint8Array): void
  /** A request of ours failed: TIMEOUT, ABORTED, SESSION_LOST, or what the peer said. */
  onFailure(token: number, code: ErrorCode, text: string): void
  /** Save this state durably, then call `inboxSaved`. Called only with `durableInbox`, one at a time. */
  saveInbox(state: Uint8Array): void
  /** The peer broke the protocol: the session is to be closed. Nothing more is processed until the next `connected`. */
  onViolation(reason: string): void
}
