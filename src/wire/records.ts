import { LIMITS } from '../core/limits.js'

/**
 * Record layout: phase 1 | length 2 | sealed(type 1 ‖ body). The length counts the sealed bytes with their tag.
 * Datagram records carry an explicit counter: phase 1 | counter 8 | sealed(type 1 ‖ body).
 */
export const RECORD = {
  /** Bytes before the sealed part. */
  header: 3,
  /** Bytes of the authentication tag. */
  tag: 16,
  /** Type byte inside the sealed part. */
  type: 1,
  /** Bytes a record has beyond its body. */
  overhead: 20,
  /** Largest body: the length field has 16 bits. */
  maxBody: LIMITS.maxRecordBytes - 17,
} as const

/** Bytes before the sealed part of a datagram record. */
export const DATAGRAM_HEADER = 9

/** First byte of a record's plaintext. */
export const RECORD_TYPE = {
  /** Frames of the multiplexer. */
  data: 1,
  /** Highest counter received: 8 bytes. Not acknowledged itself. */
  ack: 2,
  /** Fresh X-Wing key of the initiator: 1216 bytes. */
  ratchet: 3,
  /** Ciphertext to it: 1120 bytes; last record of the responder's old epoch. */
  ratchetAck: 4,
  /** A piece of the initiator's certificate chain: total 4 ‖ offset 4 ‖ bytes. */
  chain: 5,
  /** First record of an initiator that has no chain to send: empty. */
  confirm: 6,
  /** A resumption ticket: id 32 ‖ lifetime in ms 4. */
  ticket: 7,
  /** End of the session: code 2 ‖ UTF-8 reason ≤ 256 bytes. */
  close: 8,
  /** Nothing but a sign of life: empty. */
  keepAlive: 9,
} as const

/** Phase byte: KEM epoch in the high half, step in the low half, both modulo 16. */
export function phaseByte(epoch: number, step: number): number {
  return ((epoch & 15) << 4) | (step & 15)
}
