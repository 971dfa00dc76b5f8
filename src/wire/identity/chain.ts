import { readU16, writeU16 } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import { HEADER_BYTES, MAGIC, readHeader, writeHeader } from './header.js'

/** The records of an identity as they travel; views into the received bytes. */
export interface ChainRecords {
  readonly inception: Uint8Array
  readonly rotations: readonly Uint8Array[]
  /** Absent in a root chain, which accompanies a revocation or tells of a rotation. */
  readonly certificate: Uint8Array | undefined
}

/** `header 8 (the suite byte counts the rotations) | (length 2 | record)…`: inception, rotations, certificate (length 0: none). */
export function writeChain(records: ChainRecords): Uint8Array {
  const all = [records.inception, ...records.rotations, records.certificate ?? new Uint8Array(0)]
  const out = new Uint8Array(all.reduce((sum, record) => sum + 2 + record.length, HEADER_BYTES))
  writeHeader(out, MAGIC.chain, records.rotations.length)
  let at = HEADER_BYTES
  for (const record of all) {
    writeU16(out, at, record.length)
    out.set(record, at + 2)
    at += 2 + record.length
  }
  return out
}

/** Takes a chain apart without looking into its records; undefined where the framing is broken or too long. */
export function readChain(bytes: Uint8Array): ChainRecords | undefined {
  if (bytes.length > LIMITS.maxChainBytes) return undefined
  const rotations = readHeader(bytes, MAGIC.chain)
  if (rotations === undefined || rotations > LIMITS.maxRotations) return undefined
  const records: Uint8Array[] = []
  let at = HEADER_BYTES
  for (let i = 0; i < rotations + 2; i++) {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + readU16(bytes, at)
    if (end > bytes.length) return undefined
    records.push(bytes.subarray(at + 2, end))
    at = end
  }
  if (at !== bytes.length) return undefined
  const certificate = records[rotations + 1]
  return {
    inception: records[0],
    rotations: records.slice(1, rotations + 1),
    certificate: certificate.length > 0 ? certificate : undefined,
  }
}
