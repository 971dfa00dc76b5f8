import { readU64, writeU64 } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import { isReservedZero, MAGIC, readSuite, writeHeader } from './header.js'
import { type SignedParts, splitSignature } from './signature.js'
import type { SuiteId } from './suites.js'

/** Voids every certificate of one rotation up to a sequence number; signed by that rotation's root key. */
export interface RevocationFields {
  readonly suite: SuiteId
  readonly peerId: Uint8Array
  /** The network it holds in; all zero: every network. */
  readonly networkId: Uint8Array
  readonly rotation: number
  readonly recordHash: Uint8Array
  /** Certificates of this rotation with a seq up to and including this are void. */
  readonly throughSeq: number
  /** Milliseconds since 1970 at which it was made; for people. */
  readonly atMs: number
}

const AT = { peerId: 8, networkId: 40, rotation: 72, reserved: 73, recordHash: 80, throughSeq: 112, at: 120 } as const
const SIGNED_BYTES = 128

/** The signed part: `header 8 | peerId 32 | networkId 32 | rotation 1 | reserved 7 | recordHash 32 | throughSeq 8 | at 8`. */
export function writeRevocation(fields: RevocationFields): Uint8Array {
  const out = new Uint8Array(SIGNED_BYTES)
  writeHeader(out, MAGIC.revocation, fields.suite)
  out.set(fields.peerId, AT.peerId)
  out.set(fields.networkId, AT.networkId)
  out[AT.rotation] = fields.rotation
  out.set(fields.recordHash, AT.recordHash)
  writeU64(out, AT.throughSeq, fields.throughSeq)
  writeU64(out, AT.at, fields.atMs)
  return out
}

/** Reads a revocation record; its fields are views into `bytes`. Undefined where the layout is broken. */
export function readRevocation(bytes: Uint8Array): (RevocationFields & SignedParts) | undefined {
  const suite = readSuite(bytes, MAGIC.revocation)
  if (suite === undefined) return undefined
  const parts = splitSignature(bytes, SIGNED_BYTES, suite)
  if (!parts || !isReservedZero(bytes, AT.reserved, AT.recordHash)) return undefined
  const rotation = bytes[AT.rotation]
  const throughSeq = readU64(bytes, AT.throughSeq)
  const atMs = readU64(bytes, AT.at)
  const sane = rotation <= LIMITS.maxRotations && Number.isSafeInteger(throughSeq) && Number.isSafeInteger(atMs)
  if (!sane) return undefined
  return {
    ...parts,
    suite,
    rotation,
    throughSeq,
    atMs,
    peerId: bytes.subarray(AT.peerId, AT.networkId),
    networkId: bytes.subarray(AT.networkId, AT.rotation),
    recordHash: bytes.subarray(AT.recordHash, AT.throughSeq),
  }
}
