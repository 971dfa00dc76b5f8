import { HyphaeError } from '../../core/errors.js'
import { wipe } from '../../core/bytes.js'
import type { PublicKeyCrypto } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import type { SuiteId } from '../../wire/identity/suites.js'
import { SUITES } from '../suites.js'

/** A root key held in this process. It is a `Signer` that answers at once. */
export interface LocalSigner {
  readonly suite: SuiteId
  readonly publicKey: Uint8Array
  sign(message: Uint8Array, context: Uint8Array): Uint8Array
  /** A copy of the secret key, for export; its owner wipes it. */
  secret(): Uint8Array
  /** Wipes the key; signing throws afterwards. */
  free(): void
}

/**
 * A root key of a suite.
 *
 * @param secret - as the suite's `generate` made it; kept as a copy. A fresh one when absent
 * @throws HyphaeError INVALID_ARGUMENT for a secret of another length
 */
export function localSigner(
  crypto: PublicKeyCrypto,
  random: Random,
  suiteId: SuiteId,
  secret?: Uint8Array,
): LocalSigner {
  const suite = SUITES[suiteId]
  const held = secret?.slice() ?? suite.generate(crypto, random)
  if (held.length !== suite.secretKeyBytes) {
    throw new HyphaeError('INVALID_ARGUMENT', `a secret key of ${suite.name} has ${suite.secretKeyBytes} bytes`)
  }
  let freed = false
  const use = () => {
    if (freed) throw new HyphaeError('CLOSED', 'the root key was wiped')
    return held
  }
  return {
    suite: suiteId,
    publicKey: suite.publicKey(crypto, held),
    sign: (message, context) => suite.sign(crypto, random, use(), message, context),
    secret: () => use().slice(),
    free() {
      freed = true
      wipe(held)
    },
  }
}
