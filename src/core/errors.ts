/**
 * Every stable error code, with what a caller can generally do about it.
 * A code never changes its meaning; texts may change at any time.
 */
export const ERROR_CODES = {
  INVALID_ARGUMENT: 'correct the named argument',
  INVALID_CONFIG: 'correct the named configuration key',
  UNSUPPORTED_RUNTIME: 'use what the message names for this runtime',
  CLOSED: 'create a new node or open a new connection',
  ABORTED: 'the caller cancelled; nothing to do',
  TIMEOUT: 'retry, raise timeoutMs, or ask node.explain(peer)',
  DIAL_FAILED: 'check that the address is right and the peer is listening',
  NO_ADDRESS: 'pass an address of the peer or add it to the address book',
  PEER_UNREACHABLE: 'ask node.explain(peer) for the step that failed',
  PEER_DENIED: 'the deny hook or list refused this peer; change it if that was not meant',
  LIMIT_EXCEEDED: 'slow down or raise the named limit',
  RATE_LIMITED: 'wait for retryAfterMs and try again',
  HANDSHAKE_FAILED: 'check network id, clock and certificate of both sides',
  CLOCK_SKEW: 'set the clock of this machine; the peer refuses timestamps this far off',
  CERTIFICATE_INVALID: 'renew the certificate or check the identity of the peer',
  CERTIFICATE_EXPIRED: 'renew the operating certificate',
  CERTIFICATE_REVOKED: 'issue a new certificate with a new key',
  IDENTITY_MISMATCH: 'the address belongs to another peer: check the peer id',
  ROTATION_INVALID: 'the rotation does not match the pre-committed key: treat the identity as compromised',
  SUITE_UNAVAILABLE: "import { suites } from 'hyphae/suites' and pass it: createNode({ suites })",
  SIGNATURE_INVALID: 'the signature does not verify: discard the object',
  DECRYPT_FAILED: 'check the passphrase or the key',
  IDENTITY_CORRUPT: 'restore the identity from a backup',
  PROTOCOL_VIOLATION: 'the peer broke the protocol; the connection was closed',
  SESSION_LOST: 'the session could not be resumed in time; unacknowledged work reports its own status',
  STREAM_RESET: 'the other side reset the stream; see details.streamCode',
  STREAM_LIMIT: 'close streams or raise maxConcurrentStreams at the peer',
  MESSAGE_TOO_LARGE: 'split the message, use a stream, or raise maxMessageBytes on both sides',
  MALFORMED: 'the bytes do not follow the format; discard them',
  NO_HANDLER: 'register a handler of this name at the peer',
  HANDLER_FAILED: 'see the log of the peer that ran the handler',
  SCHEMA_INVALID: 'send a body that fits the schema named in details',
  QUEUE_FULL: 'wait for queued messages to be sent or raise the queue limits',
  EXPIRED: 'the message outlived its lifetime before it was acknowledged',
  PIN_MISMATCH: 'the certificate is not the pinned one: verify it out of band',
  PERMISSION: 'give the process the permission the message names',
  STORE_FAILED: 'check path, permissions and free space of the store',
  INTERNAL: 'this is a defect of hyphae: report it with the message',
} as const

/** A stable error code of hyphae. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Whether a text from a peer is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text)
}

/** What can be said about an error beside its code and text. */
export interface ErrorOptions {
  /** What to do about it; the code's general remedy when absent. */
  remedy?: string
  /** Whether the same call may succeed later without any change. Default false. */
  retryable?: boolean
  /** The error underneath, if any. */
  cause?: unknown
  /** Facts for programs, such as `key`, `limit`, `retryAfterMs`. Never secrets. */
  details?: Readonly<Record<string, unknown>>
}

/**
 * The only error type hyphae throws or rejects with.
 *
 * @example
 * ```ts
 * try { await node.request(peer, 'echo', 1) }
 * catch (error) { if (isHyphaeError(error, 'TIMEOUT')) retryLater() }
 * ```
 */
export class HyphaeError extends Error {
  /** Stable, upper snake case; survives minification. */
  readonly code: ErrorCode
  /** What to do about it, in words for people. */
  readonly remedy: string
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean
  /** Facts for programs. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HyphaeError'
    this.code = code
    this.remedy = options.remedy ?? ERROR_CODES[code]
    this.retryable = options.retryable ?? false
    this.details = options.details ?? {}
  }
}

/**
 * Tells whether a caught value is a {@link HyphaeError}, optionally of one code.
 * Works across copies of the package, unlike `instanceof`.
 */
export function isHyphaeError(value: unknown, code?: ErrorCode): value is HyphaeError {
  if (!(value instanceof Error) || value.name !== 'HyphaeError') return false
  return code === undefined || (value as HyphaeError).code === code
}
