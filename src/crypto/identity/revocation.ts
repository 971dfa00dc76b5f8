import { compareBytes, isZero } from '../../core/bytes.js'
import { readRevocation, type RevocationFields } from '../../wire/identity/revocation.js'
import { SIGN_CONTEXT } from './labels.js'
import { type IdentityCrypto, refuse, type Refusal } from './outcome.js'
import type { Root } from './root.js'
import { objectionToSignature } from './verify.js'

/**
 * Verifies a revocation record against the root that must have signed it.
 *
 * @param networkId - the network of the verifier; a record for another one is refused, a record for all is taken
 */
export function verifyRevocation(
  crypto: IdentityCrypto,
  bytes: Uint8Array,
  root: Root,
  networkId: Uint8Array,
): { readonly ok: true; readonly revocation: RevocationFields } | Refusal {
  const fields = readRevocation(bytes)
  if (!fields) return refuse('malformed')
  if (compareBytes(fields.peerId, root.peerIdBytes) !== 0) return refuse('peer-mismatch')
  if (!isZero(fields.networkId) && compareBytes(fields.networkId, networkId) !== 0) return refuse('other-network')
  const named =
    fields.rotation === root.rotation &&
    fields.suite === root.suite &&
    compareBytes(fields.recordHash, root.recordHash) === 0
  if (!named) return refuse('root-mismatch')
  const objection = objectionToSignature(crypto, root, fields, SIGN_CONTEXT.revocation)
  return objection ?? { ok: true, revocation: fields }
}
