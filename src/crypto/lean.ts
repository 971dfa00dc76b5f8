import type { MlKem768, PublicKeyCrypto } from '../ports/crypto.js'
import type { Random } from '../ports/random.js'
import { nobleEd25519 } from './ed25519.js'
import { nobleMlDsa65 } from './ml-dsa.js'
import { nobleX25519 } from './x25519.js'
import { createXWing } from './xwing.js'

/**
 * The public-key primitives that every mesh needs, in TypeScript: the handshake and root suite 1. What is downloaded pays
 * for each further one; see `suites` of `hyphae/suites`.
 *
 * @param random - where the KEM draws coins when its caller gives none
 * @param mlkem768 - that of the kernels, or noble's where there is none
 */
export function leanPublicKeyCrypto(random: Random, mlkem768: MlKem768): PublicKeyCrypto {
  return {
    kem: createXWing(mlkem768, nobleX25519, random),
    x25519: nobleX25519,
    ed25519: nobleEd25519,
    mldsa65: nobleMlDsa65,
  }
}
