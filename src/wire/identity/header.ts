import { isSuiteId, type SuiteId } from './suites.js'

/** Bytes of the header that every identity record begins with: magic 4 | version 1 | suite 1 | flags 2 (zero). */
export const HEADER_BYTES = 8

/** First four bytes of each kind of record, as ASCII. */
export const MAGIC = {
  /** `HYin` */
  inception: 0x4859696e,
  /** `HYrt` */
  rotation: 0x48597274,
  /** `HYct` */
  certificate: 0x48596374,
  /** `HYrv` */
  revocation: 0x48597276,
  /** `HYch` */
  chain: 0x48596368,
} as const

const VERSION = 1

/** Writes a record's header. */
export function writeHeader(out: Uint8Array, magic: number, suite: number): void {
  out[0] = magic >>> 24
  out[1] = magic >>> 16
  out[2] = magic >>> 8
  out[3] = magic
  out[4] = VERSION
  out[5] = suite
}

/** The byte after the version, where magic and version are right and the flags zero; otherwise undefined. */
export function readHeader(bytes: Uint8Array, magic: number): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const right =
    bytes[0] === magic >>> 24 &&
    bytes[1] === ((magic >>> 16) & 255) &&
    bytes[2] === ((magic >>> 8) & 255) &&
    bytes[3] === (magic & 255) &&
    bytes[4] === VERSION &&
    bytes[6] === 0 &&
    bytes[7] === 0
  return right ? bytes[5] : undefined
}

/** As {@link readHeader}, for records whose suite byte names a known suite. */
export function readSuite(bytes: Uint8Array, magic: number): SuiteId | undefined {
  const suite = readHeader(bytes, magic)
  return suite !== undefined && isSuiteId(suite) ? suite : undefined
}

/** Whether every byte of `[from, to)` is zero: reserved fields are, or the record is refused. */
export function isReservedZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}
