import { HyphaeError, type ErrorOptions } from '../core/errors.js'

/** Deno names some errors by class instead of by code. */
const CODES_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['AddrInUse', 'EADDRINUSE'],
  ['AddrNotAvailable', 'EADDRNOTAVAIL'],
  ['ConnectionRefused', 'ECONNREFUSED'],
  ['PermissionDenied', 'EACCES'],
  ['NotCapable', 'EACCES'],
])

/** The short name a runtime gives a system error (`ECONNREFUSED`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, name, errors } = error as { code?: unknown; name?: unknown; errors?: unknown }
  if (typeof code === 'string' && code !== '') return code
  // A name with several addresses fails with one error for each of them.
  if (Array.isArray(errors) && errors.length > 0) return systemCode(errors[0])
  return typeof name === 'string' ? CODES_BY_NAME.get(name) : undefined
}

const DIAL_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there: check the port and that the peer is running'],
  ['ENOTFOUND', 'the host name does not exist: check its spelling and the name server'],
  ['EAI_AGAIN', 'the name server did not answer: check the network of this machine'],
  ['EHOSTUNREACH', 'no route to the host: check the network of this machine'],
  ['ENETUNREACH', 'no route to the network: check whether this machine has IPv6 or a default route'],
  ['ECONNRESET', 'the peer hung up at once: it may be full or speak another protocol there'],
  ['EPIPE', 'the peer hung up at once: it may be full or speak another protocol there'],
])

/** Turns what came of a failed dial into a coded error. */
export function dialFailure(address: string, cause: unknown): HyphaeError {
  const reason = systemCode(cause)
  const details = { address, reason }
  const text = cause instanceof Error ? cause.message : reason
  if (reason === 'EACCES' || reason === 'EPERM') {
    const remedy = 'allow the process to reach the network there (Deno: --allow-net)'
    return new HyphaeError('PERMISSION', `not allowed to dial ${address}`, { cause, details, remedy })
  }
  const certificate = certificateFailure(reason, `certificate of ${address} refused: ${text}`, cause)
  if (certificate) return certificate
  const remedy = (reason !== undefined && DIAL_REMEDIES.get(reason)) || tlsRemedy(reason)
  const options: ErrorOptions = { cause, details, retryable: true }
  if (remedy !== undefined) options.remedy = remedy
  return new HyphaeError('DIAL_FAILED', `cannot connect to ${address}: ${text}`, options)
}

function tlsRemedy(reason: string | undefined): string | undefined {
  if (reason === undefined || !/^(ERR_SSL|EPROTO)/.test(reason)) return undefined
  return 'the peer does not speak TLS 1.3 there: check scheme and port, and let the peer offer TLS 1.3'
}

/** A coded error where a TLS verification code says that a certificate is at fault. */
export function certificateFailure(
  reason: string | undefined,
  message: string,
  cause?: unknown,
): HyphaeError | undefined {
  if (reason === undefined) return undefined
  const options: ErrorOptions = { details: { reason } }
  if (cause !== undefined) options.cause = cause
  if (reason === 'CERT_HAS_EXPIRED') return new HyphaeError('CERTIFICATE_EXPIRED', message, options)
  if (reason === 'CERT_REVOKED') return new HyphaeError('CERTIFICATE_REVOKED', message, options)
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    options.remedy = 'dial by a name of the certificate or set tls.serverName'
  else if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(reason)) {
    options.remedy = 'put its authority into tls.ca, or trust its key by tls.pins with pinOnly'
  } else if (!/CERT|CRL|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH/.test(reason)) return undefined
  else if (/^ERR_SSL/.test(reason)) return undefined
  return new HyphaeError('CERTIFICATE_INVALID', message, options)
}

/** Turns what came of a failed listen into a coded error. */
export function listenFailure(address: string, cause: unknown): HyphaeError {
  const reason = systemCode(cause)
  const details = { address, reason }
  const text = cause instanceof Error ? cause.message : reason
  if (reason === 'EACCES' || reason === 'EPERM') {
    const remedy = 'take a port from 1024 up, or give the process the right to bind there (Deno: --allow-net)'
    return new HyphaeError('PERMISSION', `not allowed to listen at ${address}`, { cause, details, remedy })
  }
  const options: ErrorOptions = { cause, details, retryable: reason === 'EADDRINUSE' }
  if (reason === 'EADDRINUSE')
    options.remedy = 'something listens there already: stop it, or take port 0 for a free one'
  if (reason === 'EADDRNOTAVAIL')
    options.remedy = 'this machine has no such address: listen at one it has, or at 0.0.0.0'
  return new HyphaeError('INVALID_ARGUMENT', `cannot listen at ${address}: ${text}`, options)
}

/** Why an open carrier ended other than orderly. */
export function lostCarrier(address: string, what: string, cause?: unknown): HyphaeError {
  const options: ErrorOptions = { details: { address, reason: systemCode(cause) }, retryable: true }
  if (cause !== undefined) options.cause = cause
  return new HyphaeError('CLOSED', `lost the connection with ${address}: ${what}`, options)
}

/** The reason a carrier reports when its owner cut it. */
export function cutCarrier(address: string): HyphaeError {
  return new HyphaeError('ABORTED', `cut the connection with ${address}`)
}

/** A runtime cannot do a thing; `instead` names what to use. */
export function unsupported(what: string, instead: string): HyphaeError {
  return new HyphaeError('UNSUPPORTED_RUNTIME', what, { remedy: instead })
}

/** An address whose scheme the transport does not serve. */
export function wrongScheme(address: string, schemes: readonly string[]): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', `${address} is not an address of this transport`, {
    remedy: `it serves ${schemes.map(scheme => `${scheme}://`).join(', ')}`,
  })
}
