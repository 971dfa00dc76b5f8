import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { MessageStatus } from '../../protocols/delivery/sink.js'
import type { EngineStream } from './stream.js'

/** Why a thing failed, as plain data; the api makes a HyphaeError of it. */
export interface Failure {
  readonly code: ErrorCode
  readonly text: string
  readonly remedy?: string | undefined
  readonly retryable?: boolean | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** Facts about a connection that came about. */
export interface ConnectionFacts {
  readonly peer: PeerId
  readonly address: string
  readonly transport: string
  readonly direction: 'inbound' | 'outbound'
  /** Milliseconds from the open carrier to the authenticated session. */
  readonly handshakeMs: number
  readonly resumed: boolean
  /** Names this session to both sides and to nobody else, 32 bytes. */
  readonly channelBinding: Uint8Array
}

/**
 * What an engine asks of its host and tells it. Buffers are valid during the call. No call may enter the engine again
 * synchronously, but for methods of streams and messages, which may be used from any callback.
 */
export interface EngineSink {
  /** Open a carrier: `carrierOpened` or `carrierFailed` with the same link number follow. */
  dial(link: number, address: string, timeoutMs: number): void
  /** Write to a carrier; false when it is full, `carrierDrained` follows. See Carrier.write for who owns the bytes. */
  write(link: number, buffer: Uint8Array, from: number, to: number): boolean
  /** End a carrier, at once when `abort`. `carrierClosed` is not awaited. */
  closeCarrier(link: number, abort: boolean): void
  /** Call {@link Engine.flush} after the current piece of JavaScript (Defer). Asked at most once until then. */
  wantFlush(): void
  /** {@link Engine.nextDeadline} may have come nearer: look again. */
  wantTick(): void
  /** Store durably, then call {@link Engine.inboxSaved}. Only asked when the engine was told there is a store. */
  saveInbox(peer: PeerId, state: Uint8Array): void
  /** Outcome of {@link Engine.connect}: the peer, or why not. */
  onConnectResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void
  /** An authenticated session with a peer that had none. */
  onPeerConnect(facts: ConnectionFacts): void
  /** What the peer says of itself: the program it runs, where it can be reached, and at which address it sees us. */
  onIdentified(peer: PeerId, agent: string, addresses: readonly string[], observed: string): void
  /** The last session with a peer ended (a mere change of carrier is not one). */
  onPeerDisconnect(peer: PeerId, reason: Failure): void
  /** The carrier of a session was lost or replaced; the session lives. */
  onCarrierChange(peer: PeerId, address: string | undefined): void
  /** Status of a one-way message of ours; `owner` is what the caller of `send` gave along. */
  onStatus(peer: PeerId, token: number, status: MessageStatus, failure: Failure | undefined, owner: unknown): void
  /** A one-way message; answer with `handled` or `notHandled`. The body is a copy of the receiver's own. */
  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array, priority: number, qos: number): void
  /** A request; answer with `respond` or `refuse`. */
  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array, timeoutMs: number): void
  /** The peer no longer wants the answer to its request. */
  onCancelled(peer: PeerId, token: number): void
  /** The answer to a request of ours. */
  onResponse(peer: PeerId, token: number, body: Uint8Array): void
  /** A request of ours failed. */
  onFailure(peer: PeerId, token: number, failure: Failure): void
  /** The peer opened a stream: set its `events` in this call, or reset it. */
  onStream(peer: PeerId, stream: EngineStream): void
  /** A ping was answered. */
  onPong(peer: PeerId, rttMs: number): void
  /** {@link Engine.openStream} was refused by the peer's limit and would no more be. */
  onStreamsAvailable(peer: PeerId): void
  /** A datagram of the peer, valid during the call. */
  onDatagram(peer: PeerId, buffer: Uint8Array, from: number, to: number): void
  /** Something worth telling a person that is nobody's error return: refused handshakes, violations, alarms. */
  onIncident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void
  /** A drain asked for by {@link Engine.drain} is complete. */
  onDrained(): void
}
