import { readU32, readU64, writeU32, writeU64 } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import { isReservedZero, MAGIC, readSuite, writeHeader } from './header.js'
import { type SignedParts, splitSignature } from './signature.js'
import type { SuiteId } from './suites.js'

/** An operating certificate: the root's word for the keys a node works with. */
export interface CertificateFields {
  /** Suite of the root key that signs. */
  readonly suite: SuiteId
  readonly peerId: Uint8Array
  readonly networkId: Uint8Array
  /** Rotation whose key signs; 0 is the inception's. */
  readonly rotation: number
  /** Record hash of that rotation (of the inception for 0). */
  readonly recordHash: Uint8Array
  /** Rises with each certificate of a rotation, ≥ 1. */
  readonly seq: number
  /** Milliseconds since 1970, inclusive. */
  readonly notBeforeMs: number
  /** Milliseconds since 1970, exclusive. */
  readonly notAfterMs: number
  /** Bits of {@link CAPABILITY}; unknown bits are kept and ignored. */
  readonly capabilities: number
  /** X-Wing public key, 1216 bytes, fresh in each certificate. */
  readonly staticKey: Uint8Array
  /** Ed25519 public key that signs gossip and DHT records. */
  readonly hotKey: Uint8Array
  /** Merkle root of the week's onion keys; all zero: no relay. */
  readonly onionRoot: Uint8Array
}

const AT = {
  peerId: 8,
  networkId: 40,
  rotation: 72,
  reserved: 73,
  recordHash: 80,
  seq: 112,
  notBefore: 120,
  notAfter: 128,
  capabilities: 136,
  reserved2: 140,
  staticKey: 144,
  hotKey: 1360,
  onionRoot: 1392,
} as const

/** Bytes of the signed part of a certificate, in every suite. */
export const CERTIFICATE_SIGNED_BYTES = 1424

/**
 * The signed part: `header 8 | peerId 32 | networkId 32 | rotation 1 | reserved 7 | recordHash 32 | seq 8 | notBefore 8 |
 * notAfter 8 | capabilities 4 | reserved 4 | static X-Wing key 1216 | hot Ed25519 key 32 | onionRoot 32`.
 */
export function writeCertificate(fields: CertificateFields): Uint8Array {
  const out = new Uint8Array(CERTIFICATE_SIGNED_BYTES)
  writeHeader(out, MAGIC.certificate, fields.suite)
  out.set(fields.peerId, AT.peerId)
  out.set(fields.networkId, AT.networkId)
  out[AT.rotation] = fields.rotation
  out.set(fields.recordHash, AT.recordHash)
  writeU64(out, AT.seq, fields.seq)
  writeU64(out, AT.notBefore, fields.notBeforeMs)
  writeU64(out, AT.notAfter, fields.notAfterMs)
  writeU32(out, AT.capabilities, fields.capabilities)
  out.set(fields.staticKey, AT.staticKey)
  out.set(fields.hotKey, AT.hotKey)
  out.set(fields.onionRoot, AT.onionRoot)
  return out
}

/** Reads a certificate; its fields are views into `bytes`. Undefined where the layout is broken. */
export function readCertificate(bytes: Uint8Array): (CertificateFields & SignedParts) | undefined {
  const suite = readSuite(bytes, MAGIC.certificate)
  if (suite === undefined) return undefined
  const parts = splitSignature(bytes, CERTIFICATE_SIGNED_BYTES, suite)
  const reserved =
    isReservedZero(bytes, AT.reserved, AT.recordHash) && isReservedZero(bytes, AT.reserved2, AT.staticKey)
  if (!parts || !reserved) return undefined
  const fields = {
    ...parts,
    suite,
    peerId: bytes.subarray(AT.peerId, AT.networkId),
    networkId: bytes.subarray(AT.networkId, AT.rotation),
    rotation: bytes[AT.rotation],
    recordHash: bytes.subarray(AT.recordHash, AT.seq),
    seq: readU64(bytes, AT.seq),
    notBeforeMs: readU64(bytes, AT.notBefore),
    notAfterMs: readU64(bytes, AT.notAfter),
    capabilities: readU32(bytes, AT.capabilities),
    staticKey: bytes.subarray(AT.staticKey, AT.hotKey),
    hotKey: bytes.subarray(AT.hotKey, AT.onionRoot),
    onionRoot: bytes.subarray(AT.onionRoot, CERTIFICATE_SIGNED_BYTES),
  }
  return hasSaneNumbers(fields) ? fields : undefined
}

function hasSaneNumbers(fields: CertificateFields): boolean {
  return (
    fields.rotation <= LIMITS.maxRotations &&
    fields.seq >= 1 &&
    Number.isSafeInteger(fields.seq) &&
    Number.isSafeInteger(fields.notAfterMs) &&
    fields.notBeforeMs < fields.notAfterMs
  )
}

/** What a node offers to others, as bits of the certificate's capabilities. */
export const CAPABILITY = {
  /** Accepts connections that others dial. */
  listens: 1,
  /** Relays onion circuits. */
  onionRelay: 2,
  /** Lets circuits leave the mesh. */
  onionExit: 4,
  /** Stores DHT records for others. */
  dhtServer: 8,
  /** Federates with other meshes. */
  gateway: 16,
} as const
