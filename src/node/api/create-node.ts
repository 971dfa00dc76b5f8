import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Store } from '../../ports/store.js'
import type { CarrierInfo } from '../../ports/transport.js'
import { parseAddress } from '../../wire/address.js'
import { VerifiedCertificates } from '../host/certificates.js'
import { hyphaeError } from '../host/failure.js'
import { Host } from '../host/host.js'
import { Persistence } from '../host/persistence.js'
import { Bootstrap } from './bootstrap.js'
import { Connecting } from './connecting.js'
import { Renewal } from './credentials.js'
import { Events } from './emitter.js'
import { engineConfigOf } from './engine-config.js'
import { publicKeyOf } from './identities.js'
import { type Identity, type IdentityPorts, networkIdOf } from './identity.js'
import { IdentityKeeper } from './identity-keeper.js'
import { Incoming } from './incoming.js'
import { HyphaeNode } from './node.js'
import { NodeDispatch } from './node-sink.js'
import type { NodeOptions } from './options.js'
import { Outgoing } from './outgoing.js'
import { Pings } from './pings.js'
import type { NodePorts } from './ports.js'
import { runningRequests, runningStreams } from './running.js'
import { Streams } from './streams.js'
import { checkOptions } from './validate.js'

/** Makes a node: see `createNode` of the package. */
export type CreateNode = (options?: NodeOptions) => Promise<HyphaeNode>

const DEFAULT_LIFETIME_MS = 86_400_000
const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_QUEUED_EVENTS = 1024

/**
 * Builds `createNode` on the ports of a platform. Nothing happens until it is called.
 *
 * @example
 * ```ts
 * export const createNode = bindCreateNode(ports)
 * ```
 */
export function bindCreateNode(ports: NodePorts): CreateNode {
  return async (options = {}) => {
    checkOptions(options)
    const undo: (() => Promise<void>)[] = []
    try {
      return await assemble(ports, options, undo)
    } catch (error) {
      // A node that did not come about leaves nothing behind: no listener, no timer, no open store.
      for (const step of undo.reverse()) await step().catch(() => undefined)
      throw error
    }
  }
}

async function assemble(ports: NodePorts, options: NodeOptions, undo: (() => Promise<void>)[]): Promise<HyphaeNode> {
  const { clock, random } = ports
  await ports.prepare?.()
  const kernels = ports.kernels()
  const crypto: IdentityPorts = { kernels, publicKey: publicKeyOf(ports, options.suites), random }
  const store = await openStore(ports, options.store)
  const isOwnStore = typeof options.store === 'string'
  if (isOwnStore) undo.push(async () => store?.close())
  const keeper = await IdentityKeeper.open(ports, crypto, options.identity, store)

  const events = new Events(options.maxQueuedEvents ?? DEFAULT_QUEUED_EVENTS, options.logger)
  const networkId = networkIdOf(kernels, options.network ?? 'hyphae')
  const certificates: VerifiedCertificates = new VerifiedCertificates(
    { crypto: { blake3: kernels.blake3, publicKey: crypto.publicKey }, networkId },
    () => persistence?.touch(),
  )
  const persistence = store && keepState(store, ports, certificates, events)
  const inboxes = await restore(persistence, certificates, events)

  const renewal = renewalOf(keeper.identity, networkId, ports, options, events, credentials =>
    host.run(time => host.engine.setCredentials(credentials, time)),
  )
  undo.push(async () => renewal.stop())
  // The engine reads it with each introduction; ports that were free are known only once the listeners stand.
  const advertised = [...(options.advertise ?? [])]
  const dispatch = new NodeDispatch(events)
  const transportPorts = { clock, defer: ports.defer }
  const host: Host = new Host({
    clock,
    defer: ports.defer,
    transports: (options.transports ?? ports.transports()).map(factory => factory(transportPorts)),
    node: dispatch,
    persistence,
    logger: options.logger,
    engine: {
      kernels,
      kem: crypto.publicKey.kem,
      random,
      networkId,
      certificates,
      credentials: await renewal.first(),
      config: { ...engineConfigOf(options, store !== undefined), advertise: advertised },
      compressor: ports.compressor,
      gate: gateOf(options),
      inboxes,
    },
  })
  undo.push(() => host.close())
  const timeoutMs = options.connectionTimeoutMs ?? DEFAULT_TIMEOUT_MS
  const parts = {
    incoming: new Incoming(host, events, runningRequests(options)),
    outgoing: new Outgoing(host, options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS),
    streams: new Streams(host, events, clock, runningStreams(options)),
    connecting: new Connecting(host, timeoutMs),
    pings: new Pings(host, clock, options.pingTimeoutMs ?? 10_000),
  }
  dispatch.ears = parts
  await host.listeners.listen(options.listen ?? [])
  if (options.advertise === undefined) advertised.push(...host.listeners.addresses.filter(isReachable))

  const bootstrap = new Bootstrap({
    clock,
    random,
    connect: address => parts.connecting.connect(address),
    keep: peer => host.run(() => host.engine.keep(peer, true)),
    onError: (error, address) => events.error('bootstrap', error, undefined, address),
  })
  renewal.start()
  bootstrap.start(options.bootstrap ?? [])

  const close = async (drainMs: number): Promise<void> => {
    bootstrap.stop()
    renewal.stop()
    await host.listeners.close()
    if (drainMs > 0) await host.drain(drainMs)
    await host.close()
    parts.connecting.close()
    parts.outgoing.close()
    parts.incoming.close()
    parts.streams.close()
    parts.pings.close()
    if (isOwnStore) await store?.close()
    events.close()
  }
  const { connected } = dispatch
  const { runtime } = ports
  return new HyphaeNode({
    ...parts,
    runtime,
    transportPorts,
    host,
    events,
    keeper,
    renewal,
    certificates,
    connected,
    close,
  })
}

/** Whether others could dial it: an address that stands for all of a machine's own leads nowhere. */
function isReachable(address: string): boolean {
  const { host } = parseAddress(address)
  return host !== '0.0.0.0' && host !== '::'
}

async function openStore(ports: NodePorts, given: NodeOptions['store']): Promise<Store | undefined> {
  if (typeof given !== 'string') return given
  if (ports.openStore !== undefined) return ports.openStore(given)
  throw new HyphaeError('UNSUPPORTED_RUNTIME', `${ports.runtime} has no store by path`, {
    remedy: 'give a store that works here, such as createMemoryStore() of hyphae/storage/memory',
  })
}

function keepState(store: Store, ports: NodePorts, certificates: VerifiedCertificates, events: Events): Persistence {
  const failed = (error: unknown) => events.error('store', hyphaeError(error, 'STORE_FAILED', 'the store failed'))
  return new Persistence(store, ports.clock, () => certificates.verifier.exportState(), failed)
}

async function restore(
  persistence: Persistence | undefined,
  certificates: VerifiedCertificates,
  events: Events,
): Promise<Map<PeerId, Uint8Array>> {
  if (persistence === undefined) return new Map<PeerId, Uint8Array>()
  const marks = await persistence.highWater()
  if (marks !== undefined && !certificates.verifier.importState(marks)) {
    events.error('store', new HyphaeError('STORE_FAILED', 'what was known of peers cannot be read and begins anew'))
  }
  return persistence.inboxes()
}

function renewalOf(
  identity: Identity,
  networkId: Uint8Array,
  { clock }: NodePorts,
  options: NodeOptions,
  events: Events,
  use: ConstructorParameters<typeof Renewal>[0]['use'],
): Renewal {
  const lifetimeMs = options.certificateLifetimeMs ?? DEFAULT_LIFETIME_MS
  return new Renewal({
    identity,
    networkId,
    lifetimeMs,
    staticKey: options.staticKey,
    clock,
    use,
    onError: error => events.error('certificate', error),
  })
}

/** The user's lists and hook as one question. A hook that throws refuses: a fault must not open the door. */
function gateOf({
  allow,
  deny,
  gate,
}: NodeOptions): ((peer: PeerId | undefined, info: CarrierInfo) => boolean) | undefined {
  if (allow === undefined && deny === undefined && gate === undefined) return undefined
  const allowed = allow && new Set<string>(allow)
  const denied = new Set<string>(deny ?? [])
  return (peer, info) => {
    if (peer !== undefined && (denied.has(peer) || allowed?.has(peer) === false)) return false
    try {
      return gate === undefined || gate(peer, info)
    } catch {
      return false
    }
  }
}
