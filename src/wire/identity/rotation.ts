import { LIMITS } from '../../core/limits.js'
import { isReservedZero, MAGIC, readSuite, writeHeader } from './header.js'
import { type SignedParts, splitSignature } from './signature.js'
import { SUITE_SIZES, type SuiteId } from './suites.js'

/** Replaces the root key; signed by the new key. */
export interface RotationFields {
  /** Suite of the new key. */
  readonly suite: SuiteId
  readonly peerId: Uint8Array
  /** 1 for the first rotation. */
  readonly n: number
  /** Record hash of rotation n − 1, or of the inception record. */
  readonly previousHash: Uint8Array
  readonly publicKey: Uint8Array
  /** 32 bytes; all zero: no further rotation. */
  readonly nextDigest: Uint8Array
}

const AT = { peerId: 8, n: 40, reserved: 41, previousHash: 48, publicKey: 80 } as const

/** Bytes of the signed part. */
function signedBytes(suite: SuiteId): number {
  return AT.publicKey + SUITE_SIZES[suite].publicKey + 32
}

/** The signed part: `header 8 | peerId 32 | n 1 | reserved 7 | previousHash 32 | new key | nextDigest 32`. */
export function writeRotation(fields: RotationFields): Uint8Array {
  const out = new Uint8Array(signedBytes(fields.suite))
  writeHeader(out, MAGIC.rotation, fields.suite)
  out.set(fields.peerId, AT.peerId)
  out[AT.n] = fields.n
  out.set(fields.previousHash, AT.previousHash)
  out.set(fields.publicKey, AT.publicKey)
  out.set(fields.nextDigest, AT.publicKey + fields.publicKey.length)
  return out
}

/** Reads a rotation record; its fields are views into `bytes`. Undefined where the layout is broken or n out of range. */
export function readRotation(bytes: Uint8Array): (RotationFields & SignedParts) | undefined {
  const suite = readSuite(bytes, MAGIC.rotation)
  if (suite === undefined) return undefined
  const parts = splitSignature(bytes, signedBytes(suite), suite)
  if (!parts || !isReservedZero(bytes, AT.reserved, AT.previousHash)) return undefined
  const n = bytes[AT.n]
  if (n < 1 || n > LIMITS.maxRotations) return undefined
  const digestAt = AT.publicKey + SUITE_SIZES[suite].publicKey
  return {
    ...parts,
    suite,
    n,
    peerId: bytes.subarray(AT.peerId, AT.n),
    previousHash: bytes.subarray(AT.previousHash, AT.publicKey),
    publicKey: bytes.subarray(AT.publicKey, digestAt),
    nextDigest: bytes.subarray(digestAt, digestAt + 32),
  }
}
