import { ERROR_CODES, type ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8Length, writeUtf8 } from '../../core/text.js'

/** Lanes 0–3 carry the one-way messages of the priorities 0–3. */
export const MESSAGE_LANES = 4
/** Lanes 4–7 carry requests and answers of the priorities 0–3; they are never held back by a slow handler. */
export const FIRST_CALL_LANE = 4
/** Lane of hello and acknowledgements, shared with urgent requests. */
export const CONTROL_LANE = 4
/** Lanes in use. */
export const LANES = 8
/** Version of this layout, first byte of HELLO. */
export const DELIVERY_VERSION = 1

/** Bit in the kind of SEND, REQUEST and RESPONSE: the body is compressed. */
export const COMPRESSED = 0x04

/** First byte of a frame's payload. */
export const KIND = {
  /** epoch 6 | base: the messages of this sender incarnation follow, the next one has this number. */
  start: 0x01,
  /** count: so many numbers stay unused. */
  skip: 0x02,
  /** | qos | COMPRESSED: name | body. */
  send: 0x10,
  /** | COMPRESSED: id | timeoutMs | name | body. */
  request: 0x20,
  /** | COMPRESSED: id | body. */
  response: 0x28,
  /** id | code | text. */
  failure: 0x30,
  /** id. */
  cancel: 0x31,
  /** version 1 | maxMessageBytes | compressor | lanes 1 | lanes × (lane 1 | epoch 6 | upTo). */
  hello: 0x40,
  /** lane 1 | upTo: every number below is done. */
  ack: 0x41,
  /** lane 1 | number | code | text: this one failed at its handler; precedes the ACK that covers it. */
  nack: 0x42,
  /** lane 1 | number: the sender knows of the failures up to this one. */
  nackSeen: 0x43,
} as const

/** Writes a text of at most 255 bytes after its length byte. */
export function putText(text: string, out: Uint8Array, at: number): number {
  const end = writeUtf8(text, out, at + 1)
  out[at] = end - at - 1
  return end
}

/** Reads what {@link putText} wrote; undefined where the bytes end early or are not UTF-8. */
export function getText(bytes: Uint8Array, at: number, end: number): string | undefined {
  if (at >= end) return undefined
  const to = at + 1 + bytes[at]
  return to > end ? undefined : readUtf8(bytes, at + 1, to)
}

/** Writes the 48 bits of an epoch. */
export function putEpoch(epoch: number, out: Uint8Array, at: number): number {
  let rest = epoch
  for (let i = 5; i >= 0; i--) {
    out[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + 6
}

/** Reads the 48 bits of an epoch, or −1 where the bytes end early. */
export function getEpoch(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 > end) return -1
  let epoch = 0
  for (let i = 0; i < 6; i++) epoch = epoch * 256 + bytes[at + i]
  return epoch
}

/** A code from the wire; one that this version does not know tells only that the peer failed. */
export function knownCode(code: string): ErrorCode {
  return Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'HANDLER_FAILED'
}

/** Shortens a failure's text to what fits on the wire; a character is never cut in two. */
export function clipText(text: string): string {
  if (text.length * 3 <= LIMITS.maxFailureTextBytes) return text
  let clipped = text.slice(0, LIMITS.maxFailureTextBytes)
  while (utf8Length(clipped) > LIMITS.maxFailureTextBytes || endsInHalf(clipped)) clipped = clipped.slice(0, -1)
  return clipped
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last < 0xdc00
}
