import { LIMITS } from '../../core/limits.js'

/** How often something may happen: a token bucket. */
export interface Rate {
  /** Tokens that come back each second. */
  readonly perSecond: number
  /** Tokens of a full bucket: what may happen at once. */
  readonly burst: number
}

/** Who may connect, how often and how much they may send. */
export interface AdmissionConfig {
  /** Connections from outside at once. */
  readonly maxConnections: number
  /** Connections at once from one host: an IPv4 address, an IPv6 /64, or a name. */
  readonly maxConnectionsPerHost: number
  /** Attempts of one host. */
  readonly hostRate: Rate
  /** Attempts of an IPv4 /24. */
  readonly subnetRate: Rate
  /** Attempts of an IPv4 /16 or IPv6 /48. */
  readonly networkRate: Rate
  /** Attempts of everybody: what handshakes may cost all the others, however many networks they come from. */
  readonly totalRate: Rate
  /** Messages of one peer. */
  readonly messageRate: Rate
  /** Bytes of messages of one peer. One message above the burst needs a full bucket and pays later. */
  readonly messageByteRate: Rate
  /** Loopback addresses pass rates and the cap per host. For many nodes on one machine. */
  readonly exemptLoopback: boolean
  /** Addresses, `address/bits` or names that are refused. */
  readonly denyHosts: readonly string[]
  /** Where not empty, only these addresses, `address/bits` or names are admitted. */
  readonly allowHosts: readonly string[]
  /** Peer ids that are refused. */
  readonly denyPeers: readonly string[]
  /** Where not empty, only these peer ids are admitted. */
  readonly allowPeers: readonly string[]
  /** Buckets of each table; the longest unused goes first. */
  readonly maxTracked: number
  /** Bans held; the one that ends first goes first. */
  readonly maxBans: number
}

/** What a node that configures nothing does. */
export const DEFAULT_ADMISSION: AdmissionConfig = {
  maxConnections: 1024,
  maxConnectionsPerHost: 64,
  hostRate: { perSecond: 10, burst: 64 },
  subnetRate: { perSecond: 50, burst: 256 },
  networkRate: { perSecond: 200, burst: 1024 },
  totalRate: { perSecond: 500, burst: 2048 },
  messageRate: { perSecond: 100_000, burst: 200_000 },
  messageByteRate: { perSecond: 256 * 1024 * 1024, burst: 512 * 1024 * 1024 },
  exemptLoopback: false,
  denyHosts: [],
  allowHosts: [],
  denyPeers: [],
  allowPeers: [],
  maxTracked: LIMITS.maxTrackedHosts,
  maxBans: LIMITS.maxBans,
}
