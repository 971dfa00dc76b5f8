import type { PeerId } from '../../core/ids.js'
import type { Time } from '../../core/time.js'
import type { Compressor } from '../../ports/compressor.js'
import type { Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import { Admission } from '../../protocols/admission/machine.js'
import { DeliveryWorkspace } from '../../protocols/delivery/context.js'
import { Dialer } from '../../protocols/dial/machine.js'
import type { HandshakeContext, LocalCredentials, PeerCertificates } from '../../protocols/handshake/context.js'
import { ResponderShared } from '../../protocols/handshake/shared.js'
import { SESSION_DEFAULTS } from '../../protocols/session/config.js'
import { SegmentPool } from '../../protocols/session/segments.js'
import { ENGINE_DEFAULTS, type EngineConfig } from './config.js'
import type { ConnectionState, Core } from './core.js'
import type { Credentials } from './credentials.js'
import { Attaching } from './attaching.js'
import { Dialing } from './dialing.js'
import { Early } from './early.js'
import { Handshakes } from './handshakes.js'
import { Health } from './health.js'
import { Links } from './links.js'
import { ownOffer } from './offer.js'
import { Incidents } from './incidents.js'
import { PeerTable } from './peers.js'
import { randomNumber } from './random-number.js'
import type { EngineSink } from './sink.js'
import type { Gate } from './standing.js'
import { HeldTickets } from './tickets.js'

/** What an engine is made of. */
export interface EngineOptions {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly certificates: PeerCertificates
  readonly credentials: LocalCredentials
  readonly config?: Partial<EngineConfig>
  readonly compressor?: Compressor | undefined
  readonly sink: EngineSink
  readonly time: Time
  /** Allow hook: asked for the address when a carrier is accepted, and for the peer when it is authenticated. */
  readonly gate?: Gate | undefined
  /** Runs work of an asynchronous key later, with the time, and flushes after it. */
  resume(work: (time: Time) => void): void
  /** Receive states that were stored earlier. */
  readonly inboxes?: Map<PeerId, Uint8Array>
}

/** The parts of an engine as the engine itself sees them. */
export interface Parts extends Core {
  readonly links: Links
  readonly peers: PeerTable
  readonly dialing: Dialing
  readonly health: Health
  readonly early: Early
  readonly handshakes: Handshakes
  readonly attaching: Attaching
  readonly tickets: HeldTickets
}

/** What the parts ask of the engine that holds them. */
export interface EngineCalls {
  /** Tells the time of an entry that did not come through the engine. */
  enter(time: Time): void
  wantFlush(connection: ConnectionState): void
}

/** Builds the parts and joins them. */
export function compose(
  options: EngineOptions,
  credentials: Credentials,
  calls: EngineCalls,
): { parts: Parts; responders: ResponderShared } {
  const config: EngineConfig = { ...ENGINE_DEFAULTS, ...options.config }
  const incarnation = randomNumber(options.random)
  const handshake = handshakeContext(options, config, incarnation, credentials, calls)
  const responders = new ResponderShared(handshake)
  const { kernels, kem, random, sink, compressor } = options
  const incidents = new Incidents(sink)
  const building: { -readonly [K in keyof Parts]?: Parts[K] } = {
    kernels,
    kem,
    random,
    sink,
    compressor,
    config: { ...config, delivery: { ...config.delivery, durableInbox: config.hasStore } },
    sessionConfig: { ...SESSION_DEFAULTS, ...config.session },
    incarnation,
    handshake,
    pool: new SegmentPool(),
    workspace: new DeliveryWorkspace(),
    time: options.time,
    closing: false,
    wantFlush: connection => calls.wantFlush(connection),
    incident: (kind, peer, address, reason) => incidents.tell(kind, peer, address, reason, parts.time),
  }
  // Each part keeps the object and reaches its siblings through it once all are there.
  const parts = building as Parts
  const inboxes = options.inboxes ?? new Map<PeerId, Uint8Array>()
  building.links = new Links(parts)
  building.handshakes = new Handshakes(parts, responders)
  building.attaching = new Attaching(parts)
  building.early = new Early(parts)
  building.peers = new PeerTable(parts, new Admission(config.admission), options.gate, inboxes)
  building.dialing = new Dialing(parts, new Dialer({ config: config.dial, random }))
  building.health = new Health(parts)
  building.tickets = new HeldTickets(parts)
  return { parts, responders }
}

function handshakeContext(
  options: EngineOptions,
  config: EngineConfig,
  incarnation: number,
  credentials: Credentials,
  calls: EngineCalls,
): HandshakeContext {
  const { kernels, kem, random, networkId, certificates } = options
  return {
    kernels,
    kem,
    random,
    networkId,
    certificates,
    hedgeKey: random.fill(new Uint8Array(32)),
    isPublic: config.isPublic,
    offer: ownOffer(config, incarnation, options.compressor !== undefined),
    local: () => credentials.current,
    localByTag: (tag, time) => credentials.byTag(tag, time),
    resume: work =>
      options.resume(time => {
        calls.enter(time)
        work(time)
      }),
  }
}
