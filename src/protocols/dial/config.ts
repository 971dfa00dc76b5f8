import { LIMITS } from '../../core/limits.js'

/** How peers are dialled again, and how much is remembered of them. */
export interface DialConfig {
  /** Wait after the first failure of an address, ms; also the least wait after any. */
  readonly firstBackoffMs: number
  /** Upper end of the wait after the second failure, ms; it doubles with each further one. */
  readonly baseBackoffMs: number
  /** Largest upper end of a wait, ms. */
  readonly maxBackoffMs: number
  /** A connection that ends sooner counts as a failure of its address, ms: accepting and dropping is no success. */
  readonly stableMs: number
  /** Peers in the address book. */
  readonly maxPeers: number
  /** Addresses of one peer. */
  readonly maxAddresses: number
  /** Attempts remembered of one peer. */
  readonly maxHistory: number
}

/** What a node that configures nothing does. */
export const DEFAULT_DIAL: DialConfig = {
  firstBackoffMs: LIMITS.dialBackoffFirstMs,
  baseBackoffMs: 1000,
  maxBackoffMs: LIMITS.dialBackoffMaxMs,
  stableMs: 10_000,
  maxPeers: LIMITS.maxBookPeers,
  maxAddresses: LIMITS.maxPeerAddresses,
  maxHistory: LIMITS.maxDialHistory,
}
