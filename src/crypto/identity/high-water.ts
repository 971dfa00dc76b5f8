import { compareBytes, concat, readU32, readU64, writeU32, writeU64 } from '../../core/bytes.js'
import { type PeerId, peerIdFromBytes, peerIdToBytes } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { utf8 } from '../../core/text.js'
import type { Certificate } from './certificate.js'
import { LruMap } from './lru.js'
import type { RefusalReason } from './outcome.js'
import type { Root } from './root.js'

/** The newest rotation that is known of an identity. */
export interface KnownRoot {
  readonly rotation: number
  readonly recordHash: Uint8Array
  /** Two rotations of one number were seen: refused for good. */
  readonly forked: boolean
}

interface Mark extends KnownRoot {
  /** Highest certificate seen of this rotation; 0 none. */
  readonly seq: number
  /** BLAKE3 of that certificate's signed part. */
  readonly bodyHash: Uint8Array
  /** Certificates of this rotation up to this seq are void; 0 none. */
  readonly revokedSeq: number
}

const MAGIC = utf8('HYhw')
const HEADER = 12
const ENTRY = 32 + 1 + 1 + 32 + 8 + 32 + 8
const NO_HASH = new Uint8Array(32)

/**
 * Highest (rotation, seq) of each identity, with revocations and forks: what a verifier must not forget over a restart.
 * Bounded; the identity used longest ago is forgotten first.
 */
export class HighWater {
  readonly #marks: LruMap<PeerId, Mark>
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#marks = new LruMap(capacity)
  }

  /** The newest rotation known, if any. */
  newest(peer: PeerId): KnownRoot | undefined {
    return this.#marks.get(peer)
  }

  /** Why a certificate of this number cannot be taken, by what is known already. Costs no cryptography. */
  objection(certificate: Certificate): RefusalReason | undefined {
    const mark = this.#marks.get(certificate.peerId)
    if (!mark) return undefined
    if (mark.forked) return 'equivocation'
    if (certificate.rotation < mark.rotation) return 'rotated'
    if (certificate.rotation > mark.rotation) return undefined
    if (certificate.seq <= mark.revokedSeq) return 'revoked'
    return certificate.seq < mark.seq ? 'lower-seq' : undefined
  }

  /** Notes a verified root. False where it contradicts one known before: then the identity is marked as forked. */
  noteRoot(root: Root): boolean {
    const mark = this.#marks.get(root.peerId)
    if (mark?.forked) return false
    if (mark && mark.rotation === root.rotation && compareBytes(mark.recordHash, root.recordHash) !== 0) {
      this.#marks.set(root.peerId, { ...mark, forked: true })
      return false
    }
    if (!mark || mark.rotation < root.rotation) {
      const recordHash = root.recordHash.slice()
      const fresh = { rotation: root.rotation, recordHash, seq: 0, bodyHash: NO_HASH, revokedSeq: 0, forked: false }
      this.#marks.set(root.peerId, fresh)
    }
    return true
  }

  /** Notes a verified certificate. False where another one of the same number was seen before. */
  noteCertificate(certificate: Certificate, bodyHash: Uint8Array): boolean {
    const mark = this.#marks.get(certificate.peerId)
    if (!mark) return false
    if (certificate.seq === mark.seq) return compareBytes(mark.bodyHash, bodyHash) === 0
    this.#marks.set(certificate.peerId, { ...mark, seq: certificate.seq, bodyHash })
    return true
  }

  /** Notes a verified revocation of the newest rotation. */
  noteRevocation(peer: PeerId, throughSeq: number): void {
    const mark = this.#marks.get(peer)
    if (mark && throughSeq > mark.revokedSeq) this.#marks.set(peer, { ...mark, revokedSeq: throughSeq })
  }

  /** Everything as bytes: `"HYhw" | version 4 | count 4 | entries of 114`, the least recently used first. */
  export(): Uint8Array {
    const out = new Uint8Array(HEADER + ENTRY * this.#marks.size)
    out.set(MAGIC)
    writeU32(out, 4, 1)
    writeU32(out, 8, this.#marks.size)
    let at = HEADER
    for (const [peer, mark] of this.#marks.entries()) {
      out.set(concat(peerIdToBytes(peer), Uint8Array.of(mark.rotation, mark.forked ? 1 : 0), mark.recordHash), at)
      writeU64(out, at + 66, mark.seq)
      out.set(mark.bodyHash, at + 74)
      writeU64(out, at + 106, mark.revokedSeq)
      at += ENTRY
    }
    return out
  }

  /** Adds what {@link HighWater.export} wrote. False, and nothing changed, where the bytes are not that. */
  import(bytes: Uint8Array): boolean {
    if (bytes.length < HEADER || compareBytes(bytes.subarray(0, 4), MAGIC) !== 0 || readU32(bytes, 4) !== 1)
      return false
    const count = readU32(bytes, 8)
    if (count > this.#capacity || bytes.length !== HEADER + count * ENTRY) return false
    const read: [PeerId, Mark][] = []
    for (let at = HEADER; at < bytes.length; at += ENTRY) {
      const mark = readMark(bytes, at)
      if (!mark) return false
      read.push([peerIdFromBytes(bytes.subarray(at, at + 32)), mark])
    }
    for (const [peer, mark] of read) this.#marks.set(peer, mark)
    return true
  }
}

function readMark(bytes: Uint8Array, at: number): Mark | undefined {
  const rotation = bytes[at + 32]
  const forked = bytes[at + 33]
  const seq = readU64(bytes, at + 66)
  const revokedSeq = readU64(bytes, at + 106)
  const sane =
    rotation <= LIMITS.maxRotations && forked <= 1 && Number.isSafeInteger(seq) && Number.isSafeInteger(revokedSeq)
  if (!sane) return undefined
  return {
    rotation,
    forked: forked === 1,
    recordHash: bytes.slice(at + 34, at + 66),
    seq,
    bodyHash: bytes.slice(at + 74, at + 106),
    revokedSeq,
  }
}
