import type { PeerId } from '../../core/ids.js'
import type { TransportPorts } from '../../ports/transport.js'
import type { VerifiedCertificates } from '../host/certificates.js'
import type { Host } from '../host/host.js'
import type { Connecting } from './connecting.js'
import type { Renewal } from './credentials.js'
import type { Events } from './emitter.js'
import type { IdentityKeeper } from './identity-keeper.js'
import type { Incoming } from './incoming.js'
import type { Outgoing } from './outgoing.js'
import type { Pings } from './pings.js'
import type { Streams } from './streams.js'

/** What a node is made of: each part one concern, put together by `createNode`. */
export interface NodeParts {
  readonly runtime: string
  readonly transportPorts: TransportPorts
  readonly host: Host
  readonly events: Events
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  readonly streams: Streams
  readonly connecting: Connecting
  readonly pings: Pings
  readonly keeper: IdentityKeeper
  readonly renewal: Renewal
  readonly certificates: VerifiedCertificates
  /** Peers that are connected now. */
  readonly connected: ReadonlySet<PeerId>
  /** Drains for so long, then ends everything. */
  close(timeoutMs: number): Promise<void>
}
