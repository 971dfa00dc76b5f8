import { HEADER_BYTES, isReservedZero, MAGIC, readSuite, writeHeader } from './header.js'
import { SUITE_SIZES, type SuiteId } from './suites.js'

/** The first record of an identity. */
export interface InceptionFields {
  readonly suite: SuiteId
  readonly publicKey: Uint8Array
  /** 32 bytes; all zero: the identity never rotates. */
  readonly nextDigest: Uint8Array
}

const RESERVED = 32

/** Bytes of an inception record: 2056 for suite 1, 2761 for suite 2, 104 for suite 3. */
export function inceptionBytes(suite: SuiteId): number {
  return HEADER_BYTES + SUITE_SIZES[suite].publicKey + 32 + RESERVED
}

/** `header 8 | root public key | nextDigest 32 | reserved 32`. */
export function writeInception(fields: InceptionFields): Uint8Array {
  const out = new Uint8Array(inceptionBytes(fields.suite))
  writeHeader(out, MAGIC.inception, fields.suite)
  out.set(fields.publicKey, HEADER_BYTES)
  out.set(fields.nextDigest, HEADER_BYTES + fields.publicKey.length)
  return out
}

/** Reads an inception record; its fields are views into `bytes`. Undefined where the layout is broken. */
export function readInception(bytes: Uint8Array): InceptionFields | undefined {
  const suite = readSuite(bytes, MAGIC.inception)
  if (suite === undefined || bytes.length !== inceptionBytes(suite)) return undefined
  const digestAt = HEADER_BYTES + SUITE_SIZES[suite].publicKey
  if (!isReservedZero(bytes, digestAt + 32, bytes.length)) return undefined
  return {
    suite,
    publicKey: bytes.subarray(HEADER_BYTES, digestAt),
    nextDigest: bytes.subarray(digestAt, digestAt + 32),
  }
}
