import { concat, readU16 } from '../../core/bytes.js'
import { SUITE_SIZES, type SuiteId } from './suites.js'

/** A record split into what was signed and the signature over it; both are views into the received bytes. */
export interface SignedParts {
  /** Everything before the signature's length. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** A complete record: signed part ‖ length of the signature 2 ‖ signature. */
export function appendSignature(signed: Uint8Array, signature: Uint8Array): Uint8Array {
  return concat(signed, Uint8Array.of(signature.length >>> 8, signature.length), signature)
}

/** Splits a record whose signed part has `length` bytes; undefined unless the signature ends exactly with the record. */
export function splitSignature(bytes: Uint8Array, length: number, suite: SuiteId): SignedParts | undefined {
  if (bytes.length < length + 2) return undefined
  const size = readU16(bytes, length)
  const { minSignature, maxSignature } = SUITE_SIZES[suite]
  if (size < minSignature || size > maxSignature || bytes.length !== length + 2 + size) return undefined
  return { signed: bytes.subarray(0, length), signature: bytes.subarray(length + 2) }
}
