/**
 * Layout of everything that travels on a carrier before records do. Offsets derive from the sizes below and from
 * nothing else; `docs/protocol.md` prints the same table.
 */
import { readU32, writeU32 } from '../core/bytes.js'

/** Protocol version and cipher suite this code speaks. */
export const PROTOCOL_VERSION = 1
/** X-Wing, ChaCha20-Poly1305, BLAKE3. */
export const SUITE = 1

/** First byte of a packet. Records never begin with one: a carrier changes from packets to records once and knows when. */
export const PACKET = {
  m1: 1,
  m2: 2,
  certificateRequest: 3,
  certificates: 4,
  stale: 5,
  cookie: 6,
  resume: 7,
  resumed: 8,
  ticketUnknown: 9,
  attach: 10,
  attachOk: 11,
  attachDone: 12,
  versionReject: 13,
  attachUnknown: 14,
} as const

/** Header of every packet: type 1 | version 1 | suite 1 | flags 1 | index 4 | tag 8. */
export const HEADER = { type: 0, version: 1, suite: 2, flags: 3, index: 4, tag: 8, tagBytes: 8, bytes: 16 } as const

/** Header flag of a certificate request to an address whose peer id is unknown. */
export const FLAG_BARE = 1

const KEM_CT = 1120
const KEM_EK = 1216
const TAG = 16
const MAC = 16
const OFFER = 64
const M1_PAYLOAD = 32 + KEM_EK + 8 + OFFER

/** Geometry of a first message. Ranges are `[name, nameEnd)`. */
export const M1 = layout({
  header: HEADER.bytes,
  staticCt: KEM_CT,
  ephemeralKey: KEM_EK,
  sealed: M1_PAYLOAD + TAG,
  mac1: MAC,
  mac2: MAC,
})

/** Offsets inside the sealed part of a first message, from its begin. */
export const M1_SEALED = layout({ certHash: 32, staticKey: KEM_EK, timestamp: 8, offer: OFFER })

/** Geometry of the answer. */
export const M2 = layout({
  header: HEADER.bytes,
  ephemeralCt: KEM_CT,
  sealedCt: KEM_CT + TAG,
  sealedSelect: OFFER + TAG,
})

/** Certificate request: header | nonce | mac1. */
export const CERT_REQUEST = layout({ header: HEADER.bytes, nonce: 16, mac1: MAC })
/** Head of a certificates packet, followed by `length` bytes of chain: header | nonce of the request | length. */
export const CERTIFICATES = layout({ header: HEADER.bytes, nonce: 16, length: 4 })
/** Hint that the dialler's certificate of us is out of date: header | hash of the current one. */
export const STALE = layout({ header: HEADER.bytes, certHash: 32 })
/** Cookie reply: header | masked cookie | mac. */
export const COOKIE = layout({ header: HEADER.bytes, cookie: 16, mac: MAC })
/** Version hint: header | lowest | highest version spoken. */
export const VERSION_REJECT = layout({ header: HEADER.bytes, lowest: 1, highest: 1 })

/** Resumption: header | ticket | ephemeral key | early length | sealed(timestamp ‖ offer ‖ early data) | mac1 | mac2. */
export const RESUME = layout({ header: HEADER.bytes, ticket: 32, ephemeralKey: KEM_EK, earlyLength: 2 })
/** Fixed part of what a resumption seals, before the early data. */
export const RESUME_SEALED = layout({ timestamp: 8, offer: OFFER })
/** Answer to a resumption. */
export const RESUMED = layout({ header: HEADER.bytes, ephemeralCt: KEM_CT, sealedSelect: OFFER + TAG })
/** The ticket is not known here: header | ticket. A hint; the dialler goes on with a full handshake. */
export const TICKET_UNKNOWN = layout({ header: HEADER.bytes, ticket: 32 })

/** Change of carrier, first flight of the initiator. */
export const ATTACH = layout({ header: HEADER.bytes, id: 16, n: 8, nextRx: 8, mac: MAC })
/** Answer of the responder. */
export const ATTACH_OK = layout({ header: HEADER.bytes, nonce: 16, nextRx: 8, mac: MAC })
/** The session asked for is not known here: header | id. A hint; the dialler begins a new one. */
export const ATTACH_UNKNOWN = layout({ header: HEADER.bytes, id: 16 })
/** Confirmation; records follow it. */
export const ATTACH_DONE = layout({ header: HEADER.bytes, mac: MAC })

type Sizes = Record<string, number>
type Layout<S extends Sizes> = { readonly [K in keyof S]: number } & {
  readonly [K in keyof S as `${string & K}End`]: number
} & { readonly bytes: number }

/** Offsets of consecutive fields: `name` and `nameEnd` for each, `bytes` for all. */
function layout<const S extends Sizes>(sizes: S): Layout<S> {
  const out: Record<string, number> = {}
  let at = 0
  for (const [name, size] of Object.entries(sizes)) {
    out[name] = at
    at += size
    out[`${name}End`] = at
  }
  out['bytes'] = at
  return out as Layout<S>
}

/** Writes a packet header; the tag stays zero unless given. */
export function writeHeader(out: Uint8Array, type: number, index: number, flags = 0, tag?: Uint8Array): void {
  out[HEADER.type] = type
  out[HEADER.version] = PROTOCOL_VERSION
  out[HEADER.suite] = SUITE
  out[HEADER.flags] = flags
  writeU32(out, HEADER.index, index)
  if (tag !== undefined) out.set(tag.subarray(0, HEADER.tagBytes), HEADER.tag)
}

/**
 * Length of the packet that begins at `from`, as far as it can be told.
 *
 * @returns bytes of the whole packet, 0 when more bytes are needed to tell, -1 when it is no packet or exceeds `maxBytes`
 */
export function packetLength(buffer: Uint8Array, from: number, to: number, maxBytes: number): number {
  if (to - from < 1) return 0
  const type = buffer[from]
  const fixed = FIXED.get(type)
  if (fixed !== undefined) return fixed
  if (type === PACKET.certificates) {
    if (to - from < CERTIFICATES.bytes) return 0
    const length = readU32(buffer, from + CERTIFICATES.length)
    return length > maxBytes ? -1 : CERTIFICATES.bytes + length
  }
  if (type === PACKET.resume) {
    if (to - from < RESUME.bytes) return 0
    const early = (buffer[from + RESUME.earlyLength] << 8) | buffer[from + RESUME.earlyLength + 1]
    return early > maxBytes ? -1 : resumeBytes(early)
  }
  return -1
}

/** Bytes of a resumption with that much early data. */
export function resumeBytes(earlyBytes: number): number {
  return RESUME.bytes + RESUME_SEALED.bytes + earlyBytes + TAG + MAC + MAC
}

const FIXED: ReadonlyMap<number, number> = new Map([
  [PACKET.m1, M1.bytes],
  [PACKET.m2, M2.bytes],
  [PACKET.certificateRequest, CERT_REQUEST.bytes],
  [PACKET.stale, STALE.bytes],
  [PACKET.cookie, COOKIE.bytes],
  [PACKET.resumed, RESUMED.bytes],
  [PACKET.ticketUnknown, TICKET_UNKNOWN.bytes],
  [PACKET.attach, ATTACH.bytes],
  [PACKET.attachOk, ATTACH_OK.bytes],
  [PACKET.attachDone, ATTACH_DONE.bytes],
  [PACKET.attachUnknown, ATTACH_UNKNOWN.bytes],
  [PACKET.versionReject, VERSION_REJECT.bytes],
])
