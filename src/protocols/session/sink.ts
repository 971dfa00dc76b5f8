import type { ErrorCode } from '../../core/errors.js'

/** A resumption ticket as the initiator keeps it. */
export interface SessionTicket {
  /** 32 bytes, sent in clear once. */
  readonly id: Uint8Array
  /** Pre-shared key; a secret. */
  readonly key: Uint8Array
  /** Lifetime from now, ms. */
  readonly lifetimeMs: number
}

/** What a session asks of its surroundings. */
export interface SessionSink {
  /** Writes to the current carrier; false when it is full ({@link Session.drained} follows). */
  write(buffer: Uint8Array, from: number, to: number): boolean
  /** Something waits to be flushed: call {@link Session.flush} at the end of this turn. */
  wantFlush(): void
  /** Body of a data record, valid during the call. */
  onFrames(buffer: Uint8Array, from: number, to: number): void
  /** There is room again after `reserve` answered 0. */
  onRoom(): void
  /** Nothing was written for a while and no buffer is left: a moment to give up what is made anew when it is needed. */
  onQuiet(): void
  /** Responder: the first genuine record of the initiator arrived. */
  onConfirmed(): void
  /** Responder: the initiator's certificate chain, to be verified; answers whether it is the announced, valid one. */
  onChain(chain: Uint8Array): boolean
  /** Initiator: a ticket for a later resumption. */
  onTicket(ticket: SessionTicket): void
  /** The carrier delivers garbage or broke the rules of records: close it. The session itself waits for another one. */
  onCarrierFault(reason: string): void
  /** Initiator's new attach key, or a further attach id: look again at {@link Session.attachIds}. */
  onAttachIds(): void
  /** The session is over; nothing follows. `remote` tells whether the peer ended it. */
  onEnded(code: ErrorCode, reason: string, remote: boolean): void
}
