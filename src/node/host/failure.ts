import { HyphaeError, isHyphaeError, type ErrorCode } from '../../core/errors.js'
import type { Failure } from '../engine/sink.js'

/** An error as plain data for the engine. Anything that is not ours becomes `code`. */
export function failureOf(error: unknown, code: ErrorCode): Failure {
  if (!isHyphaeError(error)) return { code, text: error instanceof Error ? error.message : String(error) }
  const { retryable, remedy, details } = error
  return { code: error.code, text: error.message, remedy, retryable, details }
}

/** The error of a failure, for users. */
export function errorOf(failure: Failure): HyphaeError {
  const { remedy, retryable, details } = failure
  return new HyphaeError(failure.code, failure.text, {
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(details === undefined ? {} : { details }),
  })
}

/** Any caught value as one of ours; `code` where it is not. */
export function hyphaeError(error: unknown, code: ErrorCode, what: string): HyphaeError {
  if (isHyphaeError(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  return new HyphaeError(code, `${what}: ${text}`, { cause: error })
}
