import * as nodeCrypto from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { HyphaeError } from '../../../core/errors.js'
import { MLDSA } from '../../../crypto/ml-dsa.js'
import { nobleSlhDsa128s, SLHDSA128S } from '../../../crypto/slh-dsa.js'
import type { MlDsa, MlKem768, SlhDsa } from '../../../ports/crypto.js'
import type { KeyKind } from '../der.js'
import { BACKEND, own, publicKey, rawPublicKey, secretKey } from '../keys/node.js'

/*
 * What node:crypto has from Node 24 on. Elsewhere every call throws, which the trials take for an absence.
 */

/** What the typings of Node 20 do not know. */
interface NewerCrypto {
  encapsulate?(key: KeyObject): { sharedKey: Uint8Array; ciphertext: Uint8Array }
  decapsulate?(key: KeyObject, ciphertext: Uint8Array): Uint8Array
}

const newer = nodeCrypto as unknown as NewerCrypto

/** ML-KEM-768 of node:crypto. It takes no coins. */
export const nativeMlKem768: MlKem768 = {
  backend: BACKEND,
  takesCoins: false,
  keyPair(seed) {
    let key: KeyObject | undefined = secretKey('mlkem768', seed)
    return {
      publicKey: rawPublicKey('mlkem768', key),
      decapsulate(ciphertext) {
        if (!key || !newer.decapsulate) throw new HyphaeError('CLOSED', 'the ML-KEM key was freed')
        return own(newer.decapsulate(key, ciphertext))
      },
      free() {
        key = undefined
      },
    }
  },
  encapsulate(raw) {
    if (!newer.encapsulate) throw new TypeError('no ML-KEM here')
    const { sharedKey, ciphertext } = newer.encapsulate(publicKey('mlkem768', raw))
    return { ciphertext: own(ciphertext), secret: own(sharedKey) }
  },
}

function signInContext(kind: KeyKind, secret: Uint8Array, message: Uint8Array, context: Uint8Array): Uint8Array {
  const input = { key: secretKey(kind, secret), context }
  return own(nodeCrypto.sign(null, message, input))
}

function verifyInContext(key: KeyObject, signature: Uint8Array, message: Uint8Array, context: Uint8Array): boolean {
  const input = { key, context }
  return nodeCrypto.verify(null, message, input, signature)
}

/** ML-DSA of node:crypto in one parameter set. It draws its own randomness. */
function nativeMlDsa(
  kind: 'mldsa65' | 'mldsa87',
  sizes: { readonly publicKey: number; readonly signature: number },
): MlDsa {
  return {
    backend: BACKEND,
    publicKey: seed => rawPublicKey(kind, secretKey(kind, seed)),
    sign: (seed, message, context) => signInContext(kind, seed, message, context),
    verify(signature, message, raw, context) {
      if (signature.length !== sizes.signature || raw.length !== sizes.publicKey || context.length > 255) return false
      try {
        return verifyInContext(publicKey(kind, raw), signature, message, context)
      } catch {
        return false
      }
    },
  }
}

/** SLH-DSA-SHA2-128s of node:crypto. */
export const nativeSlhDsa: SlhDsa = {
  backend: BACKEND,
  // Node takes no seed for it; making a key is rare and its signatures are what takes long.
  secretKey: seed => nobleSlhDsa128s.secretKey(seed),
  sign: (secret, message, context) => signInContext('slhdsa128s', secret, message, context),
  verify(signature, message, raw, context) {
    if (signature.length !== SLHDSA128S.signature || raw.length !== SLHDSA128S.publicKey) return false
    if (context.length > 255) return false
    try {
      return verifyInContext(publicKey('slhdsa128s', raw), signature, message, context)
    } catch {
      return false
    }
  },
}

/** ML-DSA-65 of node:crypto. */
export const nativeMlDsa65: MlDsa = nativeMlDsa('mldsa65', MLDSA[65])

/** ML-DSA-87 of node:crypto. */
export const nativeMlDsa87: MlDsa = nativeMlDsa('mldsa87', MLDSA[87])

/** Whether keys of SLH-DSA can be made at all; throws where not. */
export function knowsSlhDsa(): boolean {
  return publicKey('slhdsa128s', new Uint8Array(SLHDSA128S.publicKey)).type === 'public'
}
