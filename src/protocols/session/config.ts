import { LIMITS } from '../../core/limits.js'
import type { RekeyLimits } from '../../crypto/session/cipher.js'

/** Options of a session, with their defaults in {@link SESSION_DEFAULTS}. */
export interface SessionConfig {
  /** Sealed bytes kept until acknowledged; beyond it writers wait. At least the connection window. Default 1 MiB. */
  readonly maxUnackedBytes: number
  /** Sealed bytes that may wait for a slow carrier before writers wait. Default 256 KiB. */
  readonly maxUnsentBytes: number
  /** Received bytes after which an acknowledgement is sent at once. Default 64 KiB. */
  readonly ackBytes: number
  /** Longest delay of an acknowledgement, ms. Default 25. */
  readonly ackDelayMs: number
  /** How long the session waits for a new carrier, ms. Default 30,000. */
  readonly carrierLossMs: number
  /** Changes of carrier without a single new record after which the session ends. Default 3. */
  readonly maxIdleAttaches: number
  /** Time between KEM ratchets, ms. Default one hour. */
  readonly ratchetMs: number
  /** Shortest time between two KEM ratchets that we answer as responder, ms. Default ten seconds. */
  readonly minRatchetMs: number
  /** When a sender steps to its next key. */
  readonly rekey: RekeyLimits
}

/** Defaults of {@link SessionConfig}. */
export const SESSION_DEFAULTS: SessionConfig = {
  maxUnackedBytes: 1_048_576,
  maxUnsentBytes: 262_144,
  ackBytes: 65_536,
  ackDelayMs: 25,
  carrierLossMs: LIMITS.carrierLossMs,
  maxIdleAttaches: LIMITS.maxIdleAttaches,
  ratchetMs: LIMITS.ratchetMs,
  minRatchetMs: LIMITS.minRatchetMs,
  rekey: LIMITS,
}
