import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import type { ErrorCode } from '../../src/core/errors.js'
import { peerIdToBytes } from '../../src/core/ids.js'
import type { Time } from '../../src/core/time.js'
import { loadKernels } from '../../src/kernels/index.js'
import type { Kem } from '../../src/ports/crypto.js'
import type { Kernels } from '../../src/ports/kernels.js'
import type { Random } from '../../src/ports/random.js'
import type {
  Established,
  HandshakeContext,
  LocalCredentials,
  RemoteCertificate,
} from '../../src/protocols/handshake/context.js'
import { Initiator, type InitiatorOptions } from '../../src/protocols/handshake/initiator.js'
import { Responder } from '../../src/protocols/handshake/responder.js'
import { ResponderShared } from '../../src/protocols/handshake/shared.js'
import { FakeAuthority, FakeCertificates, type FakeRoot } from '../../src/sim/crypto/identity.js'
import { createFakeKem } from '../../src/sim/crypto/kem.js'
import { createFakeKernels } from '../../src/sim/crypto/kernels.js'
import { CIPHER, FEATURE, type Offer, SELECT } from '../../src/wire/offer.js'
import { seededRandom } from '../crypto/vectors.js'

/** What every node of these tests offers. */
export const OFFER: Offer = {
  minVersion: 1,
  maxVersion: 1,
  ciphers: CIPHER.chacha20poly1305,
  features: FEATURE.attach | FEATURE.tickets,
  maxDataBytes: 8_388_608,
  maxStreamBytes: 1_048_576,
  maxStreams: 256,
  maxMessageBytes: 4_194_304,
  idleTimeoutMs: 60_000,
  maxDatagramBytes: 8192,
  incarnation: 0x1234_5678_9abc,
}

/** Wall clock at which everything begins. */
export const WALL_MS = 1_800_000_000_000

/** Nodes that trust one authority. `real` takes X-Wing and the kernels, else the fast stand-ins of equal sizes. */
export class HandshakeNet {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly authority: FakeAuthority
  readonly networkId: Uint8Array
  /** Milliseconds since the start; both clocks move with it. */
  ms = 1_000

  constructor(readonly options: { readonly real?: boolean; readonly seed?: number } = {}) {
    this.random = seededRandom(options.seed ?? 1)
    this.kernels = options.real === true ? loadKernels() : createFakeKernels()
    this.kem = options.real === true ? noblePublicKeyCrypto(this.random).kem : createFakeKem(this.random)
    this.networkId = this.random.fill(new Uint8Array(32))
    this.authority = new FakeAuthority(this.kem, this.networkId)
  }

  get time(): Time {
    return { monoMs: this.ms, wallMs: WALL_MS + this.ms }
  }

  node(root?: FakeRoot): HandshakeNode {
    return new HandshakeNode(this, root ?? this.authority.root(this.random))
  }
}

/** One node as far as handshakes see it. Its parts may be replaced to misbehave. */
export class HandshakeNode {
  readonly certificates: FakeCertificates
  credentials: LocalCredentials
  /** Former credentials that still serve. */
  retired: LocalCredentials[] = []
  offer = OFFER
  isPublic = true
  /** Difference of this node's wall clock, ms. */
  skewMs = 0
  /** What the responder decides. */
  decision: number = SELECT.ok
  readonly context: HandshakeContext
  readonly shared: ResponderShared

  constructor(
    readonly net: HandshakeNet,
    readonly root: FakeRoot,
  ) {
    this.certificates = new FakeCertificates(net.authority)
    this.credentials = net.authority.issue(root, net.random, WALL_MS - 60_000)
    const { kernels, kem, random, networkId } = net
    const offerOf = () => this.offer
    const isPublic = () => this.isPublic
    this.context = {
      kernels,
      kem,
      random,
      networkId,
      hedgeKey: random.fill(new Uint8Array(32)),
      certificates: this.certificates,
      local: () => this.credentials,
      localByTag: tag => [this.credentials, ...this.retired].find(one => equal(one.certHash.subarray(0, 8), tag)),
      get isPublic() {
        return isPublic()
      },
      get offer() {
        return offerOf()
      },
      resume: work => work(this.time),
    }
    this.shared = new ResponderShared(this.context)
  }

  get time(): Time {
    const { monoMs, wallMs } = this.net.time
    return { monoMs, wallMs: wallMs + this.skewMs }
  }

  /** Learns a node's certificate. */
  learn(other: HandshakeNode): RemoteCertificate {
    const verdict = this.certificates.verify(other.credentials.chain, this.net.time)
    if (!verdict.ok) throw new Error(verdict.reason)
    return verdict.certificate
  }

  /** A fresh certificate; the former one retires. */
  renew(notBeforeMs: number): void {
    this.retired.push(this.credentials)
    this.credentials = this.net.authority.issue(this.root, this.net.random, notBeforeMs)
  }
}

/** How one side ended. */
export interface Side {
  established: Established | undefined
  failed: { code: ErrorCode; reason: string } | undefined
}

/** Changes a packet on its way; undefined drops it. */
export type Tamper = (packet: Uint8Array, towards: 'initiator' | 'responder') => Uint8Array | undefined

/** Options of {@link Exchange}. */
export interface ExchangeOptions extends Partial<Omit<InitiatorOptions, 'context' | 'sink'>> {
  readonly verifiesAddress?: boolean
  readonly address?: string
  readonly tamper?: Tamper
}

/** One handshake between two nodes over one carrier; every packet that went over it is kept. */
export class Exchange {
  readonly initiator: Initiator
  readonly responder: Responder
  readonly a: Side = { established: undefined, failed: undefined }
  readonly b: Side = { established: undefined, failed: undefined }
  /** Packets as sent, before any change. */
  readonly toResponder: Uint8Array[] = []
  readonly toInitiator: Uint8Array[] = []
  readonly attaches: Uint8Array[] = []
  private readonly queue: { to: 'initiator' | 'responder'; bytes: Uint8Array }[] = []

  constructor(
    readonly from: HandshakeNode,
    readonly to: HandshakeNode,
    private readonly options: ExchangeOptions = {},
  ) {
    const { tamper: _t, verifiesAddress, address, ...dial } = options
    this.initiator = new Initiator({
      index: 11,
      expected: to.credentials.peerId,
      ...dial,
      context: from.context,
      sink: {
        send: packet => {
          this.toResponder.push(packet)
          this.queue.push({ to: 'responder', bytes: packet })
        },
        onEstablished: result => (this.a.established = result),
        onFailed: (code, reason) => (this.a.failed = { code, reason }),
      },
    })
    this.responder = new Responder({
      shared: to.shared,
      index: 22,
      address: address ?? '192.0.2.7',
      verifiesAddress: verifiesAddress ?? true,
      sink: {
        send: packet => {
          this.toInitiator.push(packet)
          this.queue.push({ to: 'initiator', bytes: packet })
        },
        onEstablished: result => (this.b.established = result),
        onFailed: (code, reason) => (this.b.failed = { code, reason }),
        onAttach: packet => this.attaches.push(packet),
        decide: () => to.decision,
      },
    })
  }

  /** Runs until nobody has anything to say. */
  run(): this {
    this.initiator.start(this.from.time)
    return this.pump()
  }

  /** Delivers what waits. */
  pump(): this {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const bytes = this.options.tamper === undefined ? next.bytes : this.options.tamper(next.bytes.slice(), next.to)
      if (bytes === undefined) continue
      if (next.to === 'responder') this.responder.receive(bytes, 0, bytes.length, this.to.time)
      else this.initiator.receive(bytes, 0, bytes.length, this.from.time)
    }
    return this
  }

  /** Whether both sides have the same session. */
  get agreed(): boolean {
    const [a, b] = [this.a.established, this.b.established]
    return a !== undefined && b !== undefined && equal(a.secrets.root, b.secrets.root) && !isBlank(a.secrets.root)
  }
}

/** Gives raw bytes to a fresh responder and tells what came of it. */
export function confront(
  node: HandshakeNode,
  bytes: Uint8Array,
  options: { verifiesAddress?: boolean; address?: string } = {},
) {
  const replies: Uint8Array[] = []
  const outcome: Side & { replies: Uint8Array[]; attached: boolean } = {
    established: undefined,
    failed: undefined,
    replies,
    attached: false,
  }
  const responder = new Responder({
    shared: node.shared,
    index: 33,
    address: options.address ?? '192.0.2.8',
    verifiesAddress: options.verifiesAddress ?? true,
    sink: {
      send: packet => replies.push(packet),
      onEstablished: result => (outcome.established = result),
      onFailed: (code, reason) => (outcome.failed = { code, reason }),
      onAttach: () => (outcome.attached = true),
      decide: () => node.decision,
    },
  })
  responder.receive(bytes, 0, bytes.length, node.time)
  return outcome
}

/** Peer id of a node as bytes. */
export function idOf(node: HandshakeNode): Uint8Array {
  return peerIdToBytes(node.credentials.peerId)
}

/** Whether two arrays hold the same. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0)
}
