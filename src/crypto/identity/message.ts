import { compareBytes, concat, readU64, writeU64 } from '../../core/bytes.js'
import { utf8 } from '../../core/text.js'
import type { Ed25519, Ed25519Signer } from '../../ports/crypto.js'
import type { Blake3 } from '../../ports/kernels.js'
import type { Certificate } from './certificate.js'
import { IDENTITY_LABEL } from './labels.js'
import { refuse, type Refusal } from './outcome.js'

/** Bytes of a detached message signature: version 1 | sigKind 1 | certificate hash 32 | time 8 | Ed25519 64. */
export const MESSAGE_SIGNATURE_BYTES = 106

const VERSION = 1
/** Certified Ed25519; other numbers are kept for batched composite signatures. */
const SIG_KIND = 1
const AT = { certificate: 2, time: 34, signature: 42 } as const
const CONTEXT = utf8(IDENTITY_LABEL.message)

/**
 * Signs a message with the hot key of an operating certificate, apart from the message itself. Classical authorship: the
 * certificate is post-quantum, this signature is Ed25519.
 *
 * @param signer - the hot key of the certificate
 * @param certificateHash - tells the verifier which certificate to look up
 * @param wallMs - time of signing; a verifier holds the certificate against it
 * @returns 106 bytes
 */
export function signMessage(
  blake3: Blake3,
  signer: Ed25519Signer,
  certificateHash: Uint8Array,
  wallMs: number,
  message: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(MESSAGE_SIGNATURE_BYTES)
  out[0] = VERSION
  out[1] = SIG_KIND
  out.set(certificateHash, AT.certificate)
  writeU64(out, AT.time, wallMs)
  out.set(signer.sign(signedBytes(blake3, out, message)), AT.signature)
  return out
}

/** The certificate hash and time that a detached signature names; undefined where it has another layout. */
export function readMessageSignature(
  signature: Uint8Array,
): { readonly certificateHash: Uint8Array; readonly wallMs: number } | undefined {
  if (signature.length !== MESSAGE_SIGNATURE_BYTES || signature[0] !== VERSION || signature[1] !== SIG_KIND) {
    return undefined
  }
  return { certificateHash: signature.subarray(AT.certificate, AT.time), wallMs: readU64(signature, AT.time) }
}

/**
 * Verifies a detached signature under a certificate that has been verified itself. The time it names must lie in the
 * certificate's life. Never throws.
 */
export function verifyMessage(
  blake3: Blake3,
  ed25519: Ed25519,
  certificate: Certificate,
  message: Uint8Array,
  signature: Uint8Array,
): { readonly ok: true; readonly wallMs: number } | Refusal {
  const named = readMessageSignature(signature)
  if (!named) return refuse('malformed')
  if (compareBytes(named.certificateHash, certificate.hash) !== 0) return refuse('root-mismatch')
  if (named.wallMs < certificate.notBeforeMs) return refuse('not-yet-valid')
  if (named.wallMs >= certificate.notAfterMs) return refuse('expired')
  const signed = signedBytes(blake3, signature, message)
  const valid = ed25519.verify(signature.subarray(AT.signature), signed, certificate.hotKey)
  return valid ? { ok: true, wallMs: named.wallMs } : refuse('signature')
}

/** Context ‖ 0 ‖ everything before the signature ‖ BLAKE3(message). */
function signedBytes(blake3: Blake3, header: Uint8Array, message: Uint8Array): Uint8Array {
  return concat(CONTEXT, Uint8Array.of(0), header.subarray(0, AT.signature), blake3.hash(message))
}
