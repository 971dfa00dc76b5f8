import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Time } from '../../core/time.js'
import type { SessionSecrets, Side } from '../../crypto/session/keys.js'
import type { Decapsulator, Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { Offer } from '../../wire/offer.js'

/** What we show of ourselves: the current or a retired operating certificate with its static key. */
export interface LocalCredentials {
  readonly peerId: PeerId
  /** Inception ‖ rotations ‖ certificate, as peers ask for it. */
  readonly chain: Uint8Array
  /** Hash of the certificate, 32 bytes. */
  readonly certHash: Uint8Array
  readonly decapsulator: Decapsulator
  /** End of the certificate, wallMs. */
  readonly notAfterMs: number
}

/** A verified certificate of a peer, as far as sessions need it. */
export interface RemoteCertificate {
  readonly peerId: PeerId
  readonly hash: Uint8Array
  readonly staticKey: Uint8Array
  readonly notAfterMs: number
}

/** Outcome of a chain's verification. */
export type ChainVerdict =
  | { readonly ok: true; readonly certificate: RemoteCertificate }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string }

/** Verifies and remembers peers' certificates. */
export interface PeerCertificates {
  /** Verifies inception, rotations and certificate. */
  verify(chain: Uint8Array, time: Time): ChainVerdict
  /** A certificate that was verified before and is still valid. */
  byHash(hash: Uint8Array, time: Time): RemoteCertificate | undefined
  /** The newest valid certificate of a peer. */
  ofPeer(peerId: PeerId, time: Time): RemoteCertificate | undefined
}

/** What every handshake of a node shares. */
export interface HandshakeContext {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  /** 32 random bytes that never leave the node: see `hedge.ts`. */
  readonly hedgeKey: Uint8Array
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly certificates: PeerCertificates
  /** The current credentials. */
  local(): LocalCredentials
  /** Current or retired credentials whose certificate hash begins with the tag. */
  localByTag(tag: Uint8Array, time: Time): LocalCredentials | undefined
  /** Whether dialling our bare address, without our peer id, is answered. */
  readonly isPublic: boolean
  /** What we offer and accept. */
  readonly offer: Offer
  /** Re-enters the node when an asynchronous key answered. */
  resume(work: (time: Time) => void): void
}

/** A finished handshake. */
export interface Established {
  readonly side: Side
  readonly secrets: SessionSecrets
  /** Our index of the session. */
  readonly index: number
  /** The peer; undefined at a responder that has to receive the initiator's chain inside the session first. */
  readonly certificate: RemoteCertificate | undefined
  /** Hash of the certificate the peer announced. */
  readonly certHash: Uint8Array
  /** Static key the peer proved to hold; empty after a resumption. */
  readonly staticKey: Uint8Array
  /** What both sides agreed on: features and cipher. */
  readonly agreed: Offer
  /** The peer's limits. */
  readonly remote: Offer
  /** Initiator: the responder wants our chain. */
  readonly wantsChain: boolean
  /** Whether a ticket was used. */
  readonly resumed: boolean
  /** Responder of a resumption: the early data; empty otherwise. */
  readonly early: Uint8Array
}

/** How a handshake speaks to its surroundings. */
export interface HandshakeSink {
  /** Sends a packet; the array is not changed afterwards. */
  send(packet: Uint8Array): void
  /** Done. Bytes that follow are records. */
  onEstablished(result: Established, time: Time): void
  /** Over without a session; the carrier is to be closed. At a responder nothing was sent that tells why. */
  onFailed(code: ErrorCode, reason: string): void
}
