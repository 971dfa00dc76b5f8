import type { PeerId } from '../../core/ids.js'
import type { Time } from '../../core/time.js'
import type { Kem } from '../../ports/crypto.js'
import type { Compressor } from '../../ports/compressor.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { HandshakeContext } from '../../protocols/handshake/context.js'
import type { SegmentPool } from '../../protocols/session/segments.js'
import type { EngineConfig } from './config.js'
import type { Connection } from './connection.js'
import type { Dialing } from './dialing.js'
import type { Health } from './health.js'
import type { Links } from './links.js'
import type { PeerTable } from './peers.js'
import type { EngineSink, Failure } from './sink.js'
import type { HeldTickets } from './tickets.js'

/** What the parts of one engine share. Each part reaches its siblings through here and through nothing else. */
export interface Core {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly pool: SegmentPool
  readonly config: EngineConfig
  readonly sink: EngineSink
  readonly handshake: HandshakeContext
  readonly compressor: Compressor | undefined
  /** Number of this running instance, told in every handshake. */
  readonly incarnation: number
  /** The time of the entry being served. */
  time: Time
  /** Set once the engine is closing: nothing new is begun. */
  closing: boolean
  readonly links: Links
  readonly peers: PeerTable
  readonly dialing: Dialing
  readonly health: Health
  readonly tickets: HeldTickets
  /** A connection has something to write at the end of this turn. */
  wantFlush(connection: Connection): void
  /** Tells the host what nobody is waiting to hear. */
  incident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void
}
