import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from '../core/bytes.js'

/** Bytes of an offer and of a selection. */
export const OFFER_BYTES = 64

/** Record ciphers as bits of an offer. */
export const CIPHER = { chacha20poly1305: 1 } as const

/** Optional features as bits. */
export const FEATURE = {
  /** Bodies may be compressed with raw deflate. */
  deflate: 1,
  /** The session may change its carrier (ATTACH). */
  attach: 2,
  /** Tickets are issued and accepted. */
  tickets: 4,
} as const

/** What one side can do and takes: the initiator's offer and the responder's selection have the same layout. */
export interface Offer {
  /** Lowest and highest protocol version. In a selection both are the chosen one. */
  minVersion: number
  maxVersion: number
  /** Bits of {@link CIPHER}; exactly one in a selection. */
  ciphers: number
  /** Bits of {@link FEATURE}; in a selection the intersection. */
  features: number
  /** Bytes all streams together may have in flight towards the sender of this. */
  maxDataBytes: number
  /** Bytes one stream may have in flight. */
  maxStreamBytes: number
  /** Streams the other side may have open. */
  maxStreams: number
  /** Bytes of the largest message taken. */
  maxMessageBytes: number
  /** Milliseconds without any record after which the session is given up; 0 for never. */
  idleTimeoutMs: number
  /** Bytes of the largest datagram taken; 0 for none. */
  maxDatagramBytes: number
  /** Random number of the sender's running instance, 48 bits: tells a restarted peer from a second dial of the same one. */
  incarnation: number
}

/** First byte of a selection. `duplicate`: the responder's own dial to the initiator, or its live session, stays. */
export const SELECT = { ok: 0, clock: 1, refused: 2, busy: 3, duplicate: 4 } as const

/** Bit of an offer's second byte: take this dial even if there is another connection. */
export const OFFER_INSISTS = 1

/** Bit of a selection's second byte: the responder does not know the initiator's certificate and wants it in the session. */
export const SELECT_WANTS_CERTIFICATE = 1

/** Writes an offer: status 1 | flags 1 | versions 2 | ciphers 2 | features 4 | six u32 | incarnation 8 | zeros to 64. */
export function writeOffer(out: Uint8Array, at: number, offer: Offer, status = 0, flags = 0): void {
  out.fill(0, at, at + OFFER_BYTES)
  out[at] = status
  out[at + 1] = flags
  out[at + 2] = offer.minVersion
  out[at + 3] = offer.maxVersion
  writeU16(out, at + 4, offer.ciphers)
  writeU32(out, at + 6, offer.features)
  writeU32(out, at + 10, offer.maxDataBytes)
  writeU32(out, at + 14, offer.maxStreamBytes)
  writeU32(out, at + 18, offer.maxStreams)
  writeU32(out, at + 22, offer.maxMessageBytes)
  writeU32(out, at + 26, offer.idleTimeoutMs)
  writeU32(out, at + 30, offer.maxDatagramBytes)
  writeU64(out, at + 34, offer.incarnation)
}

/** Reads an offer; trailing bytes are ignored so that later versions can use them. Ranges are the reader's to check. */
export function readOffer(bytes: Uint8Array, at: number): Offer {
  return {
    minVersion: bytes[at + 2],
    maxVersion: bytes[at + 3],
    ciphers: readU16(bytes, at + 4),
    features: readU32(bytes, at + 6),
    maxDataBytes: readU32(bytes, at + 10),
    maxStreamBytes: readU32(bytes, at + 14),
    maxStreams: readU32(bytes, at + 18),
    maxMessageBytes: readU32(bytes, at + 22),
    idleTimeoutMs: readU32(bytes, at + 26),
    maxDatagramBytes: readU32(bytes, at + 30),
    incarnation: readU64(bytes, at + 34),
  }
}
