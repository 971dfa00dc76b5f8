import { isHyphaeError, type ErrorCode } from '../core/errors.js'

/** How the command ends. The numbers are stable; docs/cli.md lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  unreachable: 4,
  timeout: 5,
  denied: 6,
  identity: 7,
  files: 8,
  interrupted: 130,
} as const

/** One of the numbers of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_ARGUMENT: EXIT.usage,
  INVALID_CONFIG: EXIT.config,
  UNSUPPORTED_RUNTIME: EXIT.config,
  DIAL_FAILED: EXIT.unreachable,
  NO_ADDRESS: EXIT.unreachable,
  PEER_UNREACHABLE: EXIT.unreachable,
  SESSION_LOST: EXIT.unreachable,
  TIMEOUT: EXIT.timeout,
  EXPIRED: EXIT.timeout,
  PEER_DENIED: EXIT.denied,
  RATE_LIMITED: EXIT.denied,
  LIMIT_EXCEEDED: EXIT.denied,
  IDENTITY_MISMATCH: EXIT.identity,
  HANDSHAKE_FAILED: EXIT.identity,
  CLOCK_SKEW: EXIT.identity,
  CERTIFICATE_INVALID: EXIT.identity,
  CERTIFICATE_EXPIRED: EXIT.identity,
  CERTIFICATE_REVOKED: EXIT.identity,
  ROTATION_INVALID: EXIT.identity,
  SIGNATURE_INVALID: EXIT.identity,
  PIN_MISMATCH: EXIT.identity,
  DECRYPT_FAILED: EXIT.identity,
  IDENTITY_CORRUPT: EXIT.identity,
  PERMISSION: EXIT.files,
  STORE_FAILED: EXIT.files,
  ABORTED: EXIT.interrupted,
}

/** The number with which the command ends after an error. */
export function exitCodeOf(error: unknown): ExitCode {
  return (isHyphaeError(error) && BY_CODE[error.code]) || EXIT.failed
}
