import type { ErrorCode } from '../../core/errors.js'
import type { Blake3 } from '../../ports/kernels.js'
import type { PublicKeyCrypto } from '../../ports/crypto.js'

/** What identities are verified with. */
export interface IdentityCrypto {
  readonly blake3: Blake3
  readonly publicKey: PublicKeyCrypto
}

const CODES = {
  malformed: 'MALFORMED',
  'no-certificate': 'CERTIFICATE_INVALID',
  'peer-mismatch': 'IDENTITY_MISMATCH',
  'other-network': 'CERTIFICATE_INVALID',
  lifetime: 'CERTIFICATE_INVALID',
  'not-yet-valid': 'CERTIFICATE_INVALID',
  expired: 'CERTIFICATE_EXPIRED',
  'root-mismatch': 'CERTIFICATE_INVALID',
  'unknown-root': 'CERTIFICATE_INVALID',
  signature: 'SIGNATURE_INVALID',
  'suite-unavailable': 'SUITE_UNAVAILABLE',
  'lower-seq': 'CERTIFICATE_INVALID',
  'seq-reused': 'CERTIFICATE_INVALID',
  revoked: 'CERTIFICATE_REVOKED',
  rotated: 'CERTIFICATE_REVOKED',
  'rotation-mismatch': 'ROTATION_INVALID',
  'rotation-order': 'ROTATION_INVALID',
  'rotation-ended': 'ROTATION_INVALID',
  equivocation: 'ROTATION_INVALID',
} as const satisfies Record<string, ErrorCode>

/**
 * Why something of an identity was refused; stable words for logs and tests.
 *
 * - `suite-unavailable`: signed with a suite that this platform leaves out and was not given
 * - `rotated`: a later rotation voids this certificate
 * - `lower-seq`: a newer certificate of this peer has been seen; `seq-reused`: another one with the same number
 * - `rotation-mismatch`: the new key is not the pre-committed one; `rotation-ended`: none was pre-committed
 * - `equivocation`: two rotations of one number exist: the identity is refused from now on
 */
export type RefusalReason = keyof typeof CODES

/** A refusal as a value: bytes from peers never make us throw. */
export interface Refusal {
  readonly ok: false
  readonly code: ErrorCode
  readonly reason: RefusalReason
  /** Set where the identity must be treated as compromised and its owner told. */
  readonly alarm: boolean
}

/** The refusal of a reason, with its code. */
export function refuse(reason: RefusalReason): Refusal {
  const alarm = reason === 'equivocation' || reason === 'rotation-mismatch'
  return { ok: false, code: CODES[reason], reason, alarm }
}
