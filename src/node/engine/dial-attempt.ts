import type { PeerId } from '../../core/ids.js'
import type { Connection } from './connection.js'
import type { Link } from './link.js'
import type { Failure } from './sink.js'

/** The effort to reach one peer or address: tries addresses one after the other until one works or time is up. */
export interface DialAttempt {
  /** Whom to reach; undefined for a bare address. */
  readonly peer: PeerId | undefined
  /** Session to bring to a new carrier; undefined for a new session. */
  readonly attach: Connection | undefined
  /** Addresses not tried yet. */
  addresses: string[]
  /** Tokens of callers who wait for the outcome. */
  tokens: number[]
  /** When the callers' patience ends, monoMs. */
  deadlineMs: number
  /** Address being tried. */
  address: string | undefined
  /** Carrier being tried. */
  link: Link | undefined
  /** Set while we wait for the peer's own dial to us, monoMs. */
  awaitInboundUntilMs: number | undefined
  /** Whether the next handshake insists on being taken. */
  insists: boolean
  /** Why the last try failed. */
  failure: Failure | undefined
  done: boolean
}
