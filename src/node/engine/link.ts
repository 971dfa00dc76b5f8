import type { CarrierInfo } from '../../ports/transport.js'
import type { Initiator } from '../../protocols/handshake/initiator.js'
import type { Responder } from '../../protocols/handshake/responder.js'
import type { Connection } from './connection.js'
import type { DialAttempt } from './dial-attempt.js'
import type { PacketReader } from '../../protocols/handshake/packet-reader.js'

/** What is going on on a carrier. */
export type LinkState =
  /** Asked of the host, not open yet. */
  | 'dialling'
  /** Handshake of a new session. */
  | 'handshake'
  /** Change of carrier of an existing session. */
  | 'attaching'
  /** Records of a session. */
  | 'session'
  | 'closed'

/** One carrier as the engine sees it. */
export interface Link {
  readonly number: number
  state: LinkState
  info: CarrierInfo | undefined
  /** When it must have become a session's carrier, monoMs; undefined once it has. */
  deadlineMs: number | undefined
  /** When it opened, monoMs. */
  openedMs: number
  initiator: Initiator | undefined
  responder: Responder | undefined
  /** The session using it or being attached to it. */
  connection: Connection | undefined
  /** The attempt it was dialled for. */
  attempt: DialAttempt | undefined
  /** Collects the packets of a change of carrier. */
  reader: PacketReader | undefined
  /** Whether admission counted it. */
  admitted: boolean
}

/** A link in its first state. */
export function newLink(number: number, state: LinkState, deadlineMs: number, openedMs: number): Link {
  return {
    number,
    state,
    info: undefined,
    deadlineMs,
    openedMs,
    initiator: undefined,
    responder: undefined,
    connection: undefined,
    attempt: undefined,
    reader: undefined,
    admitted: false,
  }
}
