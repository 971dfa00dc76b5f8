import type { ErrorCode } from '../../core/errors.js'

/** Reasons a session may end with, by their number on the wire. New ones are appended, none is ever moved. */
export const CLOSE_CODES: readonly ErrorCode[] = [
  'CLOSED',
  'PROTOCOL_VIOLATION',
  'CERTIFICATE_INVALID',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_REVOKED',
  'PEER_DENIED',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'TIMEOUT',
  'SESSION_LOST',
  'INTERNAL',
  'ROTATION_INVALID',
  'IDENTITY_MISMATCH',
  'MALFORMED',
  'SIGNATURE_INVALID',
]

/** The code of a number; unknown ones, from later versions, count as CLOSED. */
export function closeCode(index: number): ErrorCode {
  return CLOSE_CODES[index] ?? 'CLOSED'
}
