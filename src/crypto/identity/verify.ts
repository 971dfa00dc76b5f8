import { hasSuite, SUITES } from '../suites.js'
import type { SuiteId } from '../../wire/identity/suites.js'
import { type IdentityCrypto, refuse, type Refusal } from './outcome.js'

/** A signature with what it is of. */
export interface Signed {
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** What speaks against the signature of a record by a root key; nothing where every half of it verifies. */
export function objectionToSignature(
  { publicKey: crypto }: IdentityCrypto,
  root: { readonly suite: SuiteId; readonly publicKey: Uint8Array },
  { signed, signature }: Signed,
  context: Uint8Array,
): Refusal | undefined {
  const { suite, publicKey } = root
  if (!hasSuite(crypto, suite)) return refuse('suite-unavailable')
  return SUITES[suite].verify(crypto, publicKey, signed, context, signature) ? undefined : refuse('signature')
}
