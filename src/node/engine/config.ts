import { LIMITS } from '../../core/limits.js'
import { type AdmissionConfig, DEFAULT_ADMISSION } from '../../protocols/admission/config.js'
import { type DeliveryConfig, DELIVERY_DEFAULTS } from '../../protocols/delivery/config.js'
import { DEFAULT_DIAL, type DialConfig } from '../../protocols/dial/config.js'
import { DEFAULT_MUX_LIMITS, type MuxLimits } from '../../protocols/mux/config.js'
import type { SessionConfig } from '../../protocols/session/config.js'

/** Everything an engine can be told, each with its default in {@link ENGINE_DEFAULTS}. */
export interface EngineConfig {
  /** Whether a dial to our bare address, without our peer id, is answered. Default true. */
  readonly isPublic: boolean
  /** Addresses that peers are told to reach us at. Default none. */
  readonly advertise: readonly string[]
  /** Name and version of the program, told to peers. Default `hyphae/0.1`. */
  readonly agent: string
  /** Peers connected at a time; further ones are refused. Default 1,024. */
  readonly maxPeers: number
  /** Connections we dialled that stay open while nobody uses them; the one unused longest makes room. Default 1,024. */
  readonly poolSize: number
  /** Peers remembered, connected or not. Default 16,384. */
  readonly maxRememberedPeers: number
  /** Time for a dial from its start to an authenticated session, ms. Default 30,000. */
  readonly connectTimeoutMs: number
  /** Time an inbound carrier has for its handshake, ms. Default 10,000. */
  readonly handshakeTimeoutMs: number
  /** A session without streams and messages for this long is closed, ms; 0 never. Default 300,000. */
  readonly idleTimeoutMs: number
  /** Silence after which the peer is pinged, ms; 0 never. Default 15,000. */
  readonly pingIntervalMs: number
  /** Time a ping may take before the carrier counts as dead, ms. Default 10,000. */
  readonly pingTimeoutMs: number
  /** Whether peers that dialled us get tickets for a quicker return. Default true. */
  readonly issueTickets: boolean
  /** Whether the host stores receive states (`saveInbox`). Default false. */
  readonly hasStore: boolean
  /** How long messages to a peer that cannot be reached wait before they fail, ms. Default 60,000. */
  readonly giveUpMs: number
  readonly session: Partial<SessionConfig>
  readonly mux: MuxLimits
  readonly delivery: DeliveryConfig
  readonly admission: AdmissionConfig
  readonly dial: DialConfig
  /** Whether the message rates of `admission` hold: what is over them waits, and requests are refused. Default false. */
  readonly limitMessages: boolean
}

/** Defaults of {@link EngineConfig}. */
export const ENGINE_DEFAULTS: EngineConfig = {
  isPublic: true,
  advertise: [],
  agent: 'hyphae/0.1',
  maxPeers: 1024,
  poolSize: 1024,
  maxRememberedPeers: LIMITS.maxRememberedPeers,
  connectTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 10_000,
  issueTickets: true,
  hasStore: false,
  giveUpMs: 60_000,
  session: {},
  mux: DEFAULT_MUX_LIMITS,
  delivery: DELIVERY_DEFAULTS,
  admission: DEFAULT_ADMISSION,
  dial: DEFAULT_DIAL,
  limitMessages: false,
}
