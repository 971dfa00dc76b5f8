import type { PeerId } from '../../core/ids.js'
import type { Logger } from '../../ports/telemetry.js'
import type { Decapsulator, SuitePrimitives } from '../../ports/crypto.js'
import type { Store } from '../../ports/store.js'
import type { CarrierInfo, TransportFactory } from '../../ports/transport.js'
import type { AdmissionConfig } from '../../protocols/admission/config.js'
import type { SuiteId } from '../../wire/identity/suites.js'
import type { Identity } from './identity.js'

/** Where an identity is kept. It is made there when there is none. */
export interface IdentitySource {
  /** A file, readable by its owner only. Not in browsers and workers. */
  readonly path?: string | undefined
  /** A store; the identity stands under the key `identity`. */
  readonly store?: Store | undefined
  /** Encrypts the secrets. Without it only the rights of file or store protect them. */
  readonly passphrase?: string | undefined
  /** Root suite of an identity that has to be made. Default 1, ML-DSA-65 + Ed25519. */
  readonly suite?: SuiteId | undefined
}

/**
 * How a node is configured. Everything has a default; a bad value is refused with INVALID_CONFIG, which names the key, the
 * value and what is allowed.
 */
export interface NodeOptions {
  /** Who the node is: an identity, or where it is kept. Default: kept in `store`, or a new one without a store. */
  readonly identity?: Identity | IdentitySource | undefined
  /** Keeps the identity, what was received and what is known of peers over a restart. A path where the runtime has files. */
  readonly store?: Store | string | undefined
  /**
   * `suites` of `hyphae/suites`: peers with roots of suites 2 and 3 are taken, and such identities can be made. Only browsers
   * and edge workers need it; without it they refuse those peers with SUITE_UNAVAILABLE. Other runtimes bring all suites.
   */
  readonly suites?: SuitePrimitives | undefined
  /** Name of the network; nodes of different networks do not understand each other. 1–255 bytes. Default `hyphae`. */
  readonly network?: string | undefined
  /** Addresses to listen at; port 0 takes a free one. Default none: the node only dials. */
  readonly listen?: readonly string[] | undefined
  /** Addresses that peers are told. Default: those listened at. */
  readonly advertise?: readonly string[] | undefined
  /** Addresses dialled at start and kept connected, `ws://host:port` or `ws://host:port#peerId`. Default none. */
  readonly bootstrap?: readonly string[] | undefined
  /** Default: every transport of the runtime. */
  readonly transports?: readonly TransportFactory[] | undefined
  /** Whether a dial that does not name our peer id is answered. Default true. */
  readonly isPublic?: boolean | undefined
  /** Name and version of the program, told to peers. 1–64 characters. Default `hyphae/0.1`. */
  readonly agent?: string | undefined
  /** Peers connected at a time. 1–100,000, default 1,024. */
  readonly maxPeers?: number | undefined
  /**
   * Connections that we dialled and that stay open for the next use while nobody uses them; the one unused longest makes
   * room. 1–100,000, default 1,024.
   */
  readonly connectionPoolSize?: number | undefined
  /** Time for a dial from its start to an authenticated session, ms. 10–600,000, default 30,000. */
  readonly connectionTimeoutMs?: number | undefined
  /** Time an accepted connection has for its handshake, ms. 10–600,000, default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined
  /** A session without streams and messages for this long is closed, ms. 0 never, up to 86,400,000, default 300,000. */
  readonly maxIdleTimeoutMs?: number | undefined
  /** Silence after which a peer is pinged, ms. 0 never, up to 3,600,000, default 15,000. */
  readonly keepAliveIntervalMs?: number | undefined
  /** Time a ping may take before the connection counts as dead, ms. 10–600,000, default 10,000. */
  readonly pingTimeoutMs?: number | undefined
  /** Time a request may take where the call does not say, ms. 1–86,400,000, default 30,000. */
  readonly requestTimeoutMs?: number | undefined
  /** Streams one peer may have open here. 0–65,536, default 256. */
  readonly maxConcurrentStreams?: number | undefined
  /** Bytes one stream may be ahead of its reader. 16,384–67,108,864, default 1 MiB. */
  readonly streamWindowBytes?: number | undefined
  /** Bytes all streams of a peer may be ahead of their readers. 16,384–1,073,741,824, default 8 MiB. */
  readonly sessionWindowBytes?: number | undefined
  /** Largest message body, sent or accepted, bytes. 1,024–67,108,864, default 1 MiB. */
  readonly maxMessageBytes?: number | undefined
  /** Messages and requests to one peer that are not final. 1–16,777,216, default 65,536. */
  readonly maxQueuedMessages?: number | undefined
  /** Their bodies together, bytes. 1–4,294,967,296, default 16 MiB. */
  readonly maxQueuedBytes?: number | undefined
  /** Requests of one peer at work here at once. 0–65,536, default 256. */
  readonly maxConcurrentRequests?: number | undefined
  /** Messages after which what was written leaves at once. 1–65,536, default 64. */
  readonly maxBatchMessages?: number | undefined
  /** How long messages that are not urgent wait for company, ms. 0–10,000, default 0: until the end of the turn. */
  readonly batchDelayMs?: number | undefined
  /** Whether bodies are compressed where the call does not say. Default false: never mix secrets with an attacker's data. */
  readonly compress?: boolean | undefined
  /** Smallest body that is compressed, bytes. 1–67,108,864, default 1,024. */
  readonly compressionThresholdBytes?: number | undefined
  /**
   * Makes or opens the static key of each operating certificate, for keys that live in an HSM or in WebCrypto: see
   * `asyncDecapsulator`. Called at start and at each renewal; a key must not serve twice. Default: kept in memory.
   */
  readonly staticKey?: (() => Decapsulator | Promise<Decapsulator>) | undefined
  /** Life of an operating certificate, ms; renewed after two thirds. 60,000–604,710,000, default 86,400,000. */
  readonly certificateLifetimeMs?: number | undefined
  /** Events an iterator of `events()` may be behind. 1–1,048,576, default 1,024. */
  readonly maxQueuedEvents?: number | undefined
  /** Peer ids that may connect; others are refused. Default: everybody. */
  readonly allow?: readonly string[] | undefined
  /** Peer ids that may not connect. Default: nobody. */
  readonly deny?: readonly string[] | undefined
  /** Asked for each connection, first with the address alone, then with the peer: false refuses. A throw refuses too. */
  readonly gate?: ((peer: PeerId | undefined, info: CarrierInfo) => boolean) | undefined
  /**
   * Limits per address, subnet and peer; see each for its default. The rates of messages hold only where they are set
   * here: what is over them waits, and requests are refused.
   */
  readonly admission?: Partial<AdmissionConfig> | undefined
  /** Where the node tells what it does. Default: nowhere. */
  readonly logger?: Logger | undefined
}
