import { compareBytes } from '../../core/bytes.js'
import { type PeerId, peerIdFromBytes } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Blake3 } from '../../ports/kernels.js'
import { type CertificateFields, readCertificate } from '../../wire/identity/certificate.js'
import { SIGN_CONTEXT } from './labels.js'
import { type IdentityCrypto, refuse, type Refusal, type RefusalReason } from './outcome.js'
import type { Root } from './root.js'
import { objectionToSignature } from './verify.js'

/** A certificate taken apart. Its byte fields are views into `bytes`, which is a copy of its own. */
export interface Certificate extends Omit<CertificateFields, 'peerId'> {
  readonly peerId: PeerId
  readonly peerIdBytes: Uint8Array
  /** The whole record as received; what is passed on, never a re-encoding. */
  readonly bytes: Uint8Array
  /** BLAKE3 of `bytes`: the name under which certificates are cached and referred to. */
  readonly hash: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** Reads a certificate; nothing is verified yet. Undefined where the layout is broken. */
export function parseCertificate(blake3: Blake3, received: Uint8Array): Certificate | undefined {
  const bytes = received.slice()
  const fields = readCertificate(bytes)
  if (!fields) return undefined
  const { peerId, ...rest } = fields
  return { ...rest, bytes, hash: blake3.hash(bytes), peerId: peerIdFromBytes(peerId), peerIdBytes: peerId }
}

/** What can be said of a certificate without any signature: network, length of life, validity now. */
export function checkValidity(
  certificate: Certificate,
  networkId: Uint8Array,
  wallMs: number,
): RefusalReason | undefined {
  if (compareBytes(certificate.networkId, networkId) !== 0) return 'other-network'
  if (certificate.notAfterMs - certificate.notBeforeMs > LIMITS.maxCertificateLifetimeMs) return 'lifetime'
  if (wallMs >= certificate.notAfterMs) return 'expired'
  if (wallMs < certificate.notBeforeMs) return 'not-yet-valid'
  return undefined
}

/** Whether `root` signed the certificate: named as its signer, and every half of the signature verifies. */
export function checkSigner(crypto: IdentityCrypto, certificate: Certificate, root: Root): Refusal | undefined {
  if (certificate.peerId !== root.peerId) return refuse('peer-mismatch')
  if (certificate.rotation < root.rotation) return refuse('rotated')
  const named =
    certificate.rotation === root.rotation &&
    certificate.suite === root.suite &&
    compareBytes(certificate.recordHash, root.recordHash) === 0
  if (!named) return refuse('root-mismatch')
  return objectionToSignature(crypto, root, certificate, SIGN_CONTEXT.certificate)
}
