import type { CreateNode } from './node/api/create-node.js'
import type { Identities } from './node/api/identities.js'

export { ERROR_CODES, HyphaeError, isHyphaeError, type ErrorCode, type ErrorOptions } from './core/errors.js'
export { isPeerId, parsePeerId, type PeerId } from './core/ids.js'
export { LIMITS } from './core/limits.js'
export type { Time } from './core/time.js'
export type { Clock, Defer } from './ports/clock.js'
export type { Compressor } from './ports/compressor.js'
export type { Decapsulator, Signer, SuitePrimitives } from './ports/crypto.js'
export type { Random } from './ports/random.js'
export type { Store } from './ports/store.js'
export type { Logger, Metrics } from './ports/telemetry.js'
export type {
  AbortSignalLike,
  Carrier,
  CarrierEvents,
  CarrierInfo,
  DialOptions,
  Listener,
  Transport,
  TransportCapabilities,
  TransportFactory,
  TransportPorts,
} from './ports/transport.js'
export type { KdfParams } from './crypto/identity/identity-file.js'
export type { AdmissionConfig, Rate } from './protocols/admission/config.js'
export type { MessageStatus, Priority, Qos } from './protocols/delivery/sink.js'
export type { AddressReport, DialAttempt, DialFailure, DialStep, Explanation } from './protocols/dial/history.js'
export { formatAddress, parseAddress, type Address } from './wire/address.js'
export type { SuiteId } from './wire/identity/suites.js'
export type { ConnectionFacts } from './node/engine/sink.js'
export type { Diagnostics, PeerSnapshot } from './node/engine/snapshot.js'
export type { BroadcastOutcome, BroadcastResult } from './node/api/broadcast.js'
export { client, type CallOptions, type Client, type ClientNode, type ClientOptions } from './node/api/client.js'
export type { ConnectOptions } from './node/api/connecting.js'
export { asyncDecapsulator } from './node/host/async-decapsulator.js'
export { bindCreateNode, type CreateNode } from './node/api/create-node.js'
export type { EventIterator } from './node/api/event-queue.js'
export type {
  EventsMissedEvent,
  DatagramEvent,
  MessageEvent,
  NodeErrorEvent,
  NodeEvent,
  NodeEventMap,
  NodeEventType,
  PeerCarrierEvent,
  PeerConnectEvent,
  PeerDisconnectEvent,
  PeerIdentifyEvent,
} from './node/api/events.js'
export { bindIdentities, type Identities, type SuiteOptions } from './node/api/identities.js'
export { Identity, type CreateIdentityOptions, type IdentityPorts, type IssueOptions } from './node/api/identity.js'
export type { IdentityFileOptions, PassphraseKdf } from './node/api/identity-file.js'
export type { Handler } from './node/api/incoming.js'
export type { MessageContext } from './node/api/message-context.js'
export type { CloseOptions, HyphaeNode, NodeDiagnostics } from './node/api/node.js'
export { STREAM_CODE, type NodeStream } from './node/api/node-stream.js'
export { type TakeBytes } from './node/api/stream-inflow.js'
export type { IdentitySource, NodeOptions } from './node/api/options.js'
export type { RequestOptions, SendOptions } from './node/api/outgoing.js'
export type { Files, NodePorts } from './node/api/ports.js'
export type { InputOf, OutputOf, Schema, SchemaIssue, SchemaResult } from './node/api/schema.js'
export type { FinalStatus, SentMessage } from './node/api/sent-message.js'
export { method, service, type Method, type MethodSchemas, type Methods, type Service } from './node/api/service.js'
export type { OpenOptions, StreamHandler } from './node/api/streams.js'

/**
 * Makes a node: a member of a mesh that listens, dials, and speaks with others.
 *
 * Every runtime has its own, with the transports and the cryptography found there; the exports of the package choose it.
 *
 * @throws HyphaeError INVALID_CONFIG naming the key, the value and the range; what the transports throw for addresses that
 * cannot be listened at; IDENTITY_CORRUPT, DECRYPT_FAILED, STORE_FAILED, PERMISSION, UNSUPPORTED_RUNTIME
 * @example
 * ```ts
 * import { createNode } from 'hyphae'
 *
 * const node = await createNode({ listen: ['ws://127.0.0.1:0'] })
 * node.handle('echo', body => body)
 * console.log(node.id, node.addresses)
 * ```
 */
export declare const createNode: CreateNode

/**
 * Makes, exports and imports identities with the cryptography of the runtime.
 *
 * @example
 * ```ts
 * const identity = identities.create()
 * const file = await identities.export(identity, 'a good passphrase')
 * const node = await createNode({ identity })
 * ```
 */
export declare const identities: Identities
