import type { Time } from '../../core/time.js'
import type { SessionSecrets, Side } from '../../crypto/session/keys.js'
import type { Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { SessionConfig } from './config.js'
import type { SegmentPool } from './segments.js'
import type { SessionSink } from './sink.js'

/** What a session is made of once the handshake is done. */
export interface SessionOptions {
  readonly side: Side
  /** Our index of this session, for packets that change the carrier. */
  readonly index: number
  /** Handed over: the session renews them, and wipes them at its end. */
  readonly secrets: SessionSecrets
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly pool: SegmentPool
  readonly sink: SessionSink
  readonly time: Time
  /** Shared by the sessions of a node. Default {@link SESSION_DEFAULTS}. */
  readonly config?: SessionConfig
}

/** A ticket as its issuer keeps it. */
export interface SessionTicketSecret {
  readonly id: Uint8Array
  readonly key: Uint8Array
}
