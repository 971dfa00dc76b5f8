import type { PublicKeyCrypto } from '../ports/crypto.js'
import type { Random } from '../ports/random.js'
import { nobleEd25519 } from './ed25519.js'
import { nobleMlDsa65, nobleMlDsa87 } from './ml-dsa.js'
import { nobleMlKem768 } from './ml-kem.js'
import { nobleP384 } from './p384.js'
import { nobleSlhDsa128s } from './slh-dsa.js'
import { nobleX25519 } from './x25519.js'
import { createXWing } from './xwing.js'

/**
 * Every public-key primitive in TypeScript, as it works on every runtime. Platforms replace parts by native ones.
 *
 * @param random - where the KEM draws coins when its caller gives none
 * @example
 * ```ts
 * const crypto = noblePublicKeyCrypto({ fill: out => globalThis.crypto.getRandomValues(out) })
 * ```
 */
export function noblePublicKeyCrypto(random: Random): PublicKeyCrypto {
  return {
    kem: createXWing(nobleMlKem768, nobleX25519, random),
    x25519: nobleX25519,
    ed25519: nobleEd25519,
    p384: nobleP384,
    mldsa65: nobleMlDsa65,
    mldsa87: nobleMlDsa87,
    slhdsa128s: nobleSlhDsa128s,
  }
}
