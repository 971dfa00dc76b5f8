import type { FullPublicKeyCrypto } from '../ports/crypto.js'
import type { Random } from '../ports/random.js'
import { suites } from './further-suites.js'
import { leanPublicKeyCrypto } from './lean.js'
import { nobleMlKem768 } from './ml-kem.js'

/**
 * Every public-key primitive in TypeScript, as it works on every runtime. Platforms replace parts by native ones.
 *
 * @param random - where the KEM draws coins when its caller gives none
 * @example
 * ```ts
 * const crypto = noblePublicKeyCrypto({ fill: out => globalThis.crypto.getRandomValues(out) })
 * ```
 */
export function noblePublicKeyCrypto(random: Random): FullPublicKeyCrypto {
  return { ...leanPublicKeyCrypto(random, nobleMlKem768), ...suites }
}
