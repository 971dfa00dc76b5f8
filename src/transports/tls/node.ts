import { createHash } from 'node:crypto'
import {
  createSecureContext,
  type SecureContextOptions,
  type TLSSocket,
  type TlsOptions as ServerOptions,
} from 'node:tls'
import { HyphaeError } from '../../core/errors.js'
import { readCertificate } from '../../wire/x509.js'
import { certificateFailure, unsupported } from '../failures.js'
import type { TlsOptions } from '../options.js'

/** Key exchange groups in the order of preference; the first one is hybrid post-quantum. */
const HYBRID = 'X25519MLKEM768'
const CLASSIC = 'X25519:P-256:P-384'

/**
 * The groups offered by default: X25519MLKEM768 first where the runtime's TLS library has it (OpenSSL 3.5 and later,
 * so Node 24 and later).
 */
export function defaultTlsGroups(): string {
  const hybrid = `${HYBRID}:${CLASSIC}`
  try {
    createSecureContext({ ecdhCurve: hybrid })
    return hybrid
  } catch {
    return CLASSIC
  }
}

/** What both sides of a TLS connection hand to `node:tls`: 1.3 only, own certificate, trusted authorities, groups. */
export function secureContextOptions(tls: TlsOptions): SecureContextOptions {
  const options: SecureContextOptions = {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ecdhCurve: tls.groups ?? defaultTlsGroups(),
  }
  if (tls.cert !== undefined) options.cert = tls.cert
  if (tls.key !== undefined) options.key = tls.key
  if (tls.ca !== undefined) options.ca = typeof tls.ca === 'string' ? tls.ca : [...tls.ca]
  if (tls.crl !== undefined) options.crl = typeof tls.crl === 'string' ? tls.crl : [...tls.crl]
  return options
}

/**
 * Checks options once, when the transport is made, so that a wrong one fails before the first connection.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkTlsOptions(tls: TlsOptions): void {
  if (tls.pinOnly && !tls.pins?.length) throw invalid('tls.pinOnly', 'pinOnly needs at least one pin in tls.pins')
  for (const pin of tls.pins ?? []) {
    if (!/^[A-Za-z0-9+/]{43}=$/.test(pin)) throw invalid('tls.pins', 'a pin is base64 of 32 bytes: 43 characters and =')
  }
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw invalid('tls.cert', 'tls.cert and tls.key go together')
  try {
    createSecureContext(secureContextOptions(tls))
  } catch (cause) {
    throw invalid('tls', 'the runtime refuses these TLS options: check the PEM texts and tls.groups', cause)
  }
}

function invalid(key: string, message: string, cause?: unknown): HyphaeError {
  return new HyphaeError(
    'INVALID_ARGUMENT',
    message,
    cause === undefined ? { details: { key } } : { details: { key }, cause },
  )
}

/** What a TLS listener hands to the runtime; with pins the judgement comes after the handshake, as on the dialling side. */
export function tlsServerOptions(tls: TlsOptions): ServerOptions {
  return {
    ...secureContextOptions(tls),
    requestCert: tls.requireClientCertificate ?? false,
    rejectUnauthorized: (tls.requireClientCertificate ?? false) && !tls.pins?.length,
  }
}

/** A TLS listener was asked for without a certificate. */
export function certificateMissing(scheme: string): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', `listening at ${scheme}:// needs a certificate`, {
    remedy: 'give the transport tls.cert and tls.key as PEM',
    details: { key: 'tls.cert' },
  })
}

/**
 * Judges the peer of a finished TLS handshake; undefined means that it is trusted. Pins come first, because a key that
 * was swapped is worse news than a chain that does not verify.
 *
 * @param socket connection whose chain the runtime already verified where it could
 * @param wallMs time for the dates of a certificate that is trusted by its pin alone
 */
export function judgePeer(socket: TLSSocket, tls: TlsOptions, remote: string, wallMs: number): HyphaeError | undefined {
  const version = socket.getProtocol()
  if (version !== 'TLSv1.3') {
    return new HyphaeError('DIAL_FAILED', `${remote} speaks ${version ?? 'an unknown version of TLS'}, not TLS 1.3`, {
      remedy: 'let the peer offer TLS 1.3',
    })
  }
  if (tls.pins?.length) {
    const failure = judgePins(socket, tls, remote, wallMs)
    if (failure || tls.pinOnly) return failure
  }
  if (socket.authorized) return undefined
  const reason = authorizationCode(socket)
  const message = `certificate of ${remote} refused: ${reason}`
  return certificateFailure(reason, message) ?? new HyphaeError('CERTIFICATE_INVALID', message, { details: { reason } })
}

function judgePins(socket: TLSSocket, tls: TlsOptions, remote: string, wallMs: number): HyphaeError | undefined {
  if (typeof socket.getPeerCertificate !== 'function') {
    return unsupported(
      'this runtime does not show the certificate of a peer',
      'trust an authority by tls.ca instead of tls.pins',
    )
  }
  // The types promise a certificate; without one the object is empty, and some runtimes answer null.
  const peer = socket.getPeerCertificate() as { raw?: Uint8Array } | null
  const facts = peer?.raw && readCertificate(peer.raw)
  if (!peer?.raw || !facts)
    return new HyphaeError('PIN_MISMATCH', `${remote} shows no certificate to compare with the pins`)
  const pin = createHash('sha256').update(peer.raw.subarray(facts.spkiFrom, facts.spkiTo)).digest('base64')
  if (!tls.pins?.includes(pin)) {
    return new HyphaeError('PIN_MISMATCH', `the key of ${remote} is none of the pinned ones`, { details: { pin } })
  }
  if (!tls.pinOnly) return undefined
  if (wallMs > facts.notAfterMs)
    return new HyphaeError('CERTIFICATE_EXPIRED', `the certificate of ${remote} has expired`)
  if (wallMs < facts.notBeforeMs) {
    return new HyphaeError('CERTIFICATE_INVALID', `the certificate of ${remote} is not valid yet`, {
      remedy: 'check the clocks of both machines',
    })
  }
  return undefined
}

/** `authorizationError` is a text in Node and an error elsewhere. */
function authorizationCode(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError
  if (typeof error === 'string') return error
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'not authorized'
}
