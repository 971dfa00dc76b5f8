/**
 * What the parts of one engine know of each other: each is seen by its siblings through the interface here and nothing
 * else. The classes are in the files of the same names.
 */
import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Time } from '../../core/time.js'
import type { Compressor } from '../../ports/compressor.js'
import type { Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { DeliveryWorkspace } from '../../protocols/delivery/context.js'
import type { Delivery } from '../../protocols/delivery/machine.js'
import type { Priority } from '../../protocols/delivery/sink.js'
import type { Dialer } from '../../protocols/dial/machine.js'
import type { Established, HandshakeContext, RemoteCertificate } from '../../protocols/handshake/context.js'
import type { HeldTicket, Initiator } from '../../protocols/handshake/initiator.js'
import type { PacketReader } from '../../protocols/handshake/packet-reader.js'
import type { Responder } from '../../protocols/handshake/responder.js'
import type { Mux } from '../../protocols/mux/machine.js'
import type { SessionConfig } from '../../protocols/session/config.js'
import type { Session } from '../../protocols/session/machine.js'
import type { SegmentPool } from '../../protocols/session/segments.js'
import type { SessionTicket } from '../../protocols/session/sink.js'
import type { EngineConfig } from './config.js'
import type { EngineSink, Failure } from './sink.js'
import type { EngineStream } from './stream.js'

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
  connection: ConnectionState | undefined
  /** The attempt it was dialled for. */
  attempt: DialAttempt | undefined
  /** Collects the packets of a change of carrier. */
  reader: PacketReader | undefined
  /** Whether admission counted it. */
  admitted: boolean
}

/** The effort to reach one peer or address: tries addresses one after the other until one works or time is up. */
export interface DialAttempt {
  /** Whom to reach; undefined for a bare address. */
  readonly peer: PeerId | undefined
  /** Session to bring to a new carrier; undefined for a new session. */
  readonly attach: ConnectionState | undefined
  /** Addresses not tried yet. */
  addresses: string[]
  /** Whether the address book is asked when they are used up: not where the caller named the place to go to. */
  readonly usesBook: boolean
  /** Address being tried. */
  address: string | undefined
  /** Tokens of callers who wait for the outcome. */
  tokens: number[]
  /** When the callers' patience ends, monoMs. */
  deadlineMs: number
  /** Carrier being tried. */
  link: Link | undefined
  /** Set while the next try waits: for the peer's own dial to us, or for a while after a failure; monoMs. */
  waitUntilMs: number | undefined
  /** Tries that failed. */
  tries: number
  /** Whether the next handshake insists on being taken. */
  insists: boolean
  /** Whether it never insists: the peer has a session that it will bring back if it still can. */
  readonly patient: boolean
  /** Why the last try failed. */
  failure: Failure | undefined
  done: boolean
}

/** One session with its multiplexer. */
export interface ConnectionState {
  readonly session: Session
  readonly mux: Mux
  readonly established: Established
  readonly openedMs: number
  readonly streamCount: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Set once the peer is authenticated. */
  peer: PeerState | undefined
  /** What authenticated the peer. */
  certificate: RemoteCertificate | undefined
  /** Whether the host was told of it by `onPeerConnect`, so that its end is to be told too. */
  announced: boolean
  /** Introductions of the peer taken in this session. */
  introductions: number
  /** The carrier in use; undefined while the session waits for another. */
  link: Link | undefined
  /** Address of the last carrier, to come back to. */
  address: string
  lastActivityMs: number
  /** When the last message, not counting streams, was written, monoMs. */
  lastSentMs: number
  /** Round-trip time of the last ping, ms. */
  rttMs: number | undefined
  /** When the ping under way was sent, monoMs. */
  pingSentMs: number | undefined
  /** Whether the peer proved who it is: at a responder its certificate and a first record. */
  proven: boolean
  /** Whether a flush is already asked for. */
  dirty: boolean
  /** Attach ids registered for this session. */
  attachIds: string[]
  receive(buffer: Uint8Array, from: number, to: number): void
  touch(): void
  /** Gives up what was needed only to prove who the peer is. */
  forgetProof(): void
  openStream(peer: PeerId, name: string, priority: number): EngineStream | undefined
}

/** One remote peer. */
export interface PeerState {
  readonly id: PeerId
  readonly delivery: Delivery
  readonly connection: ConnectionState | undefined
  readonly connected: boolean
  /** Whether work for it waits for a session. */
  readonly hasWork: boolean
  /** Whether something is under way that a drain waits for. */
  readonly busy: boolean
  /** Whether it is dialled again whenever it is lost. */
  kept: boolean
  /** Whether its owner ended the session: what waits is no reason to dial it until its owner wants something again. */
  parked: boolean
  /** Since when work for it waits without a session, monoMs. */
  waitsSinceMs: number | undefined
  /** Last time something genuine came, wallMs. */
  lastSeenMs: number
  /** What the peer says of itself. */
  agent: string
  /** Whether its deadline is to be looked up again. */
  stale: boolean
  /** When messages over the rate may go on, monoMs. */
  readonly heldUntilMs: number | undefined
  releaseHeld(): void
  onLaneData(connection: ConnectionState, lane: number, buffer: Uint8Array, from: number, to: number): boolean
  onLaneWritable(connection: ConnectionState, lane: number): void
  /** Sends a message of the node's own, whose statuses nobody hears of. False where the queue takes no more. */
  sendOwn(name: string, body: Uint8Array, priority: Priority, lifetimeMs: number): boolean
}

/** Carriers: see links.ts. */
export interface LinksPart {
  readonly size: number
  readonly refused: number
  /** Live carriers, those of sessions included. */
  all(): Iterable<Link>
  dial(attempt: DialAttempt, address: string, deadlineMs: number): Link
  send(link: Link, packet: Uint8Array): void
  settle(link: Link): void
  hurry(link: Link, deadlineMs: number): void
  drop(link: Link, reason: string): void
  end(link: Link, reason: Failure): void
  forget(link: Link): void
  sessionClosed(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void
}

/** From carrier to session: see handshakes.ts. */
export interface HandshakesPart {
  readonly counts: Readonly<Record<'established' | 'resumed' | 'failed', number>>
  begin(link: Link, attempt: DialAttempt): void
  await(link: Link, info: CarrierInfo): void
  confirmed(connection: ConnectionState): void
  introduced(connection: ConnectionState, chain: Uint8Array): boolean
  ended(connection: ConnectionState): void
  /** Voids the tickets that a peer got from us. */
  revokeTickets(peer: PeerId): void
}

/** Changes of carrier: see attaching.ts. */
export interface AttachingPart {
  readonly count: number
  register(connection: ConnectionState): void
  unregister(connection: ConnectionState): void
  begin(link: Link, connection: ConnectionState): void
  answer(link: Link, packet: Uint8Array): void
  data(link: Link, buffer: Uint8Array, from: number, to: number): Uint8Array | undefined
}

/** Requests in the first flight of a resumption: see early.ts. */
export interface EarlyPart {
  take(peer: PeerId): Uint8Array
  waits(peer: PeerId): boolean
  /** Whether answers to early requests of the peer are being made. */
  isAnswering(peer: PeerId): boolean
  connected(peer: PeerState, resumed: boolean): void
  notSent(peer: PeerId): void
  tokenOf(peer: PeerId, token: number): number
  receive(peer: PeerId, early: Uint8Array): void
  answered(peer: PeerId, body: Uint8Array): void
}

/** Peers: see peers.ts. */
export interface PeersPart {
  readonly connectedCount: number
  get(id: PeerId): PeerState | undefined
  all(): Iterable<PeerState>
  admit(info: CarrierInfo): Failure | undefined
  release(info: CarrierInfo): void
  ensure(id: PeerId): PeerState
  allows(id: PeerId): boolean
  /** Whether a list or ban is against the host of a carrier. */
  refusesHost(info: CarrierInfo): boolean
  isFull(id: PeerId | undefined): boolean
  /** How long a message of the peer of this size has to wait for its rate, ms; 0 when it counts and may pass. */
  waitMs(id: PeerId, bytes: number): number
  /** Something happened that may have changed the peer's deadline. */
  touched(peer: PeerState): void
  /** A failure refuses the session. */
  authenticated(connection: ConnectionState, certificate: RemoteCertificate): Failure | undefined
  sessionEnded(connection: ConnectionState, code: ErrorCode, reason: string, remote: boolean): void
}

/** Dialling: see dialing.ts. */
export interface DialingPart {
  readonly dialer: Dialer
  learn(peer: PeerId, address: string): void
  isDialling(peer: PeerId): boolean
  reattach(connection: ConnectionState): void
  awaitAttach(connection: ConnectionState): void
  carrierBack(connection: ConnectionState): void
  /** Whether a peer is to be dialled while it is not connected may have changed. */
  reconsider(peer: PeerState): void
  lost(peer: PeerState, reason: Failure): void
  abandonAttach(connection: ConnectionState): void
  linkFailed(attempt: DialAttempt, link: Link, step: 'dial' | 'handshake', reason: Failure): void
  awaitInbound(attempt: DialAttempt, link: Link): void
  succeeded(id: PeerId, attempt: DialAttempt | undefined, connection: ConnectionState): void
  /** The session an attempt led to was ended by those who were told of it. */
  endedAtOnce(attempt: DialAttempt): void
  attached(attempt: DialAttempt): void
  replaceSession(attempt: DialAttempt): void
}

/** Signs of life: see health.ts. */
export interface HealthPart {
  pong(connection: ConnectionState, payload: number): void
  /** When {@link HealthPart.check} has something to do about a peer. */
  dueOf(peer: PeerState): number | undefined
  check(peer: PeerState): void
}

/** Tickets peers gave us: see tickets.ts. */
export interface TicketsPart {
  keep(connection: ConnectionState, ticket: SessionTicket): void
  take(peer: PeerId): HeldTicket | undefined
  has(peer: PeerId): boolean
  forget(peer: PeerId): void
}

/** What the parts share. */
export interface Core {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly pool: SegmentPool
  readonly workspace: DeliveryWorkspace
  readonly config: EngineConfig
  /** That of every session. */
  readonly sessionConfig: SessionConfig
  readonly sink: EngineSink
  readonly handshake: HandshakeContext
  readonly compressor: Compressor | undefined
  /** Number of this running instance, told in every handshake. */
  readonly incarnation: number
  /** The time of the entry being served. */
  time: Time
  /** Set once the engine is closing: nothing new is begun. */
  closing: boolean
  readonly links: LinksPart
  readonly handshakes: HandshakesPart
  readonly attaching: AttachingPart
  readonly early: EarlyPart
  readonly peers: PeersPart
  readonly dialing: DialingPart
  readonly health: HealthPart
  readonly tickets: TicketsPart
  /** A connection has something to write at the end of this turn. */
  wantFlush(connection: ConnectionState): void
  /** Tells the host what nobody is waiting to hear. */
  incident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void
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
