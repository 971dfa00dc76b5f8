import { compareBytes, concat, isZero } from '../../core/bytes.js'
import { type PeerId, peerIdFromBytes } from '../../core/ids.js'
import type { Blake3 } from '../../ports/kernels.js'
import { readInception } from '../../wire/identity/inception.js'
import { readRotation } from '../../wire/identity/rotation.js'
import type { SuiteId } from '../../wire/identity/suites.js'
import { IDENTITY_LABEL, SIGN_CONTEXT } from './labels.js'
import { type IdentityCrypto, refuse, type Refusal } from './outcome.js'
import { objectionToSignature } from './verify.js'

/** The root key of an identity after some number of rotations. */
export interface Root {
  readonly peerId: PeerId
  readonly peerIdBytes: Uint8Array
  /** Rotations so far; 0 at inception. */
  readonly rotation: number
  readonly suite: SuiteId
  readonly publicKey: Uint8Array
  /** Hash that the next rotation and the certificates of this root name. */
  readonly recordHash: Uint8Array
  /** Digest of the next root key; all zero: no rotation can follow. */
  readonly nextDigest: Uint8Array
}

/** The peer id of an inception record, 32 bytes. */
export function derivePeerId(blake3: Blake3, inception: Uint8Array): Uint8Array {
  return blake3.deriveKey(IDENTITY_LABEL.peerId, inception)
}

/** Digest by which a root pre-commits to the next key: derive_key over suite 1 ‖ public key. */
export function nextRootDigest(blake3: Blake3, suite: number, publicKey: Uint8Array): Uint8Array {
  return blake3.deriveKey(IDENTITY_LABEL.nextRoot, concat(Uint8Array.of(suite), publicKey))
}

/** The 32-byte id of a network from its name. */
export function deriveNetworkId(blake3: Blake3, name: Uint8Array): Uint8Array {
  return blake3.deriveKey(IDENTITY_LABEL.networkId, name)
}

/** The root that an inception record sets up. Nothing is signed: the peer id is the record's own hash. */
export function firstRoot(blake3: Blake3, inception: Uint8Array): Root | Refusal {
  const fields = readInception(inception)
  if (!fields) return refuse('malformed')
  const peerIdBytes = derivePeerId(blake3, inception)
  return {
    peerId: peerIdFromBytes(peerIdBytes),
    peerIdBytes,
    rotation: 0,
    suite: fields.suite,
    publicKey: fields.publicKey,
    recordHash: blake3.hash(inception),
    nextDigest: fields.nextDigest,
  }
}

/**
 * The root after a rotation record, if the record follows from `root` and its signature verifies.
 *
 * The record hash covers the signed part only: a signature can be varied by others (ECDSA) or be made anew by its owner,
 * and neither must look like a second rotation.
 *
 * @param trusted - skips the signature, where a known record hash later in the chain already vouches for this record
 */
export function nextRoot(crypto: IdentityCrypto, root: Root, record: Uint8Array, trusted: boolean): Root | Refusal {
  const fields = readRotation(record)
  if (!fields) return refuse('malformed')
  if (compareBytes(fields.peerId, root.peerIdBytes) !== 0) return refuse('peer-mismatch')
  if (fields.n !== root.rotation + 1) return refuse('rotation-order')
  if (compareBytes(fields.previousHash, root.recordHash) !== 0) return refuse('rotation-order')
  if (isZero(root.nextDigest)) return refuse('rotation-ended')
  const digest = nextRootDigest(crypto.blake3, fields.suite, fields.publicKey)
  if (compareBytes(digest, root.nextDigest) !== 0) return refuse('rotation-mismatch')
  const { suite, publicKey, signed } = fields
  const objection = trusted ? undefined : objectionToSignature(crypto, fields, fields, SIGN_CONTEXT.rotation)
  if (objection) return objection
  return {
    peerId: root.peerId,
    peerIdBytes: root.peerIdBytes,
    rotation: fields.n,
    suite,
    publicKey,
    recordHash: crypto.blake3.hash(signed),
    nextDigest: fields.nextDigest,
  }
}

/** Tells a refusal from a root. */
export function isRefusal(value: object): value is Refusal {
  return 'ok' in value && value.ok === false
}
