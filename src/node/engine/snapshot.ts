import type { PeerId } from '../../core/ids.js'
import type { ResponderShared } from '../../protocols/handshake/shared.js'
import type { Core, PeerState } from './core.js'

/** What is known of a peer, as plain data. */
export interface PeerSnapshot {
  readonly id: PeerId
  /** `reconnecting`: the session lives but has no carrier at the moment. */
  readonly state: 'connected' | 'reconnecting' | 'disconnected'
  /** Addresses known, in the order learnt. */
  readonly addresses: readonly string[]
  /** Address of the carrier in use. */
  readonly address: string | undefined
  readonly transport: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  /** Program the peer says it runs. */
  readonly agent: string
  /** Round-trip time of the last ping, ms. */
  readonly rttMs: number | undefined
  /** How long the session has lasted, ms. */
  readonly connectedForMs: number | undefined
  /** Last genuine word, ms since 1970. */
  readonly lastSeenMs: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly streams: number
  readonly messagesSent: number
  readonly messagesReceived: number
  readonly messagesResent: number
  /** Messages and requests to it that are not final. */
  readonly queued: number
  readonly kept: boolean
}

/** The state of a node, as plain data. */
export interface Diagnostics {
  /** Which implementation answers for each primitive. */
  readonly backends: Readonly<Record<string, string>>
  /** Whether ML-KEM takes our hedged coins; a native one draws its own. */
  readonly hedgedKem: boolean
  readonly peers: number
  readonly connections: number
  readonly carriers: number
  readonly handshakes: Readonly<Record<string, number>>
  /** KEM operations done for inbound handshakes. */
  readonly kemOperations: number
  readonly replayEntries: number
  /** X-Wing, ChaCha20-Poly1305 and BLAKE3, by their wire numbers. */
  readonly suite: string
}

/** One peer as of now. */
export function snapshotOf(peer: PeerState, core: Core): PeerSnapshot {
  const { connection } = peer
  const { stats } = peer.delivery
  const info = connection?.link?.info
  return {
    id: peer.id,
    state: connection === undefined ? 'disconnected' : connection.session.connected ? 'connected' : 'reconnecting',
    addresses: core.dialing.dialer.addresses(peer.id),
    address: connection?.address,
    transport: info?.transport,
    direction: connection === undefined ? undefined : connection.session.side === 'initiator' ? 'outbound' : 'inbound',
    agent: peer.agent,
    rttMs: connection?.rttMs,
    connectedForMs: connection === undefined ? undefined : core.time.monoMs - connection.openedMs,
    lastSeenMs: lastSeen(peer, core),
    bytesIn: connection?.bytesIn ?? 0,
    bytesOut: connection?.bytesOut ?? 0,
    streams: connection?.streamCount ?? 0,
    messagesSent: stats.sent,
    messagesReceived: stats.received,
    messagesResent: stats.resent,
    queued: stats.queuedMessages,
    kept: peer.kept,
  }
}

/** The node as of now. */
export function diagnosticsOf(core: Core, responders: ResponderShared): Diagnostics {
  return {
    backends: { ...core.kernels.backends, ...core.kem.backends },
    hedgedKem: core.kem.takesCoins,
    peers: [...core.peers.all()].length,
    connections: core.peers.connectedCount,
    carriers: core.links.size,
    handshakes: { ...core.handshakes.counts, attached: core.attaching.count, refused: core.links.refused },
    kemOperations: responders.kemOperations,
    replayEntries: responders.replay.size,
    suite: 'X-Wing + ChaCha20-Poly1305 + BLAKE3',
  }
}

function lastSeen(peer: PeerState, core: Core): number {
  if (peer.connection === undefined) return peer.lastSeenMs
  return core.time.wallMs - (core.time.monoMs - peer.connection.session.lastReceivedMs)
}
