import { sha512 } from '@noble/hashes/sha2.js'
import { concat } from '../core/bytes.js'
import { utf8 } from '../core/text.js'

/**
 * What both halves of a composite signature of draft-ietf-lamps-pq-composite-sigs-19 sign:
 * `M′ = Prefix ‖ Label ‖ len(ctx) ‖ ctx ‖ SHA-512(M)`. The ML-DSA half takes the label as its own context besides.
 *
 * @param label - label of the composite algorithm
 * @param context - at most 255 bytes
 */
export function compositeMessage(label: Uint8Array, context: Uint8Array, message: Uint8Array): Uint8Array {
  return concat(PREFIX, label, Uint8Array.of(context.length), context, sha512(message))
}

const PREFIX = utf8('CompositeAlgorithmSignatures2025')

/** Label of id-MLDSA65-Ed25519-SHA512, OID 1.3.6.1.5.5.7.6.48. */
export const LABEL_MLDSA65_ED25519 = utf8('COMPSIG-MLDSA65-Ed25519-SHA512')

/** Label of id-MLDSA87-ECDSA-P384-SHA512, OID 1.3.6.1.5.5.7.6.49; ECDSA hashes with SHA-384. */
export const LABEL_MLDSA87_P384 = utf8('COMPSIG-MLDSA87-ECDSA-P384-SHA512')
