import type { ErrorCode } from '../../core/errors.js'
import type { Failure } from './sink.js'

/** Failures of a peer's that may well succeed later without any change. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'TIMEOUT',
  'SESSION_LOST',
  'RATE_LIMITED',
  'QUEUE_FULL',
  'PEER_UNREACHABLE',
  'LIMIT_EXCEEDED',
])

/** A failure as plain data. */
export function failure(code: ErrorCode, text = ''): Failure {
  return { code, text, retryable: RETRYABLE.has(code) }
}
