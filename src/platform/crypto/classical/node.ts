import { diffieHellman, type KeyObject, sign as signNatively, verify as verifyNatively } from 'node:crypto'
import { HyphaeError } from '../../../core/errors.js'
import { hasCanonicalScalar, isAcceptableKey } from '../../../crypto/ed25519.js'
import { LruMap } from '../../../crypto/identity/lru.js'
import { isUncompressedPoint, P384_BYTES } from '../../../crypto/p384.js'
import type { Ed25519, P384, X25519 } from '../../../ports/crypto.js'
import { BACKEND, own, publicKey, rawPublicKey, secretKey } from '../keys/node.js'
import { okpPublic, okpRaw, okpSecret } from '../okp/node.js'

const PREPARED_KEYS = 1024

/** Ed25519 key objects of public keys met before: a verification should pay for itself only. */
function preparedKeys(): (raw: Uint8Array) => KeyObject {
  const cache = new LruMap<string, KeyObject>(PREPARED_KEYS)
  return raw => {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1')
    const known = cache.get(name)
    if (known) return known
    const made = okpPublic('ed25519', raw)
    cache.set(name, made)
    return made
  }
}

/** The shared secret; undefined where OpenSSL refuses the result (all zero) or the public key (not on the curve) by throwing. */
function exchange(privateKey: KeyObject, theirs: () => KeyObject): Uint8Array | undefined {
  try {
    return own(diffieHellman({ privateKey, publicKey: theirs() }))
  } catch {
    return undefined
  }
}

/** X25519 of node:crypto. */
export const nativeX25519: X25519 = {
  backend: BACKEND,
  key(secret) {
    let key: KeyObject | undefined = okpSecret('x25519', secret)
    return {
      publicKey: okpRaw(key),
      shared: theirs => (key && theirs.length === 32 ? exchange(key, () => okpPublic('x25519', theirs)) : undefined),
      // The key object wipes its memory when it is collected; nothing can make it do so sooner.
      free() {
        key = undefined
      },
    }
  },
}

/** Ed25519 of node:crypto behind the checks of the one acceptance set; keys of verifications are kept prepared. */
export function nativeEd25519(): Ed25519 {
  const prepare = preparedKeys()
  const signWith = (key: KeyObject, message: Uint8Array) => own(signNatively(null, message, key))
  return {
    backend: BACKEND,
    publicKey: seed => okpRaw(okpSecret('ed25519', seed)),
    sign: (seed, message) => signWith(okpSecret('ed25519', seed), message),
    signer(seed) {
      let key: KeyObject | undefined = okpSecret('ed25519', seed)
      return {
        publicKey: okpRaw(key),
        sign(message) {
          if (!key) throw new HyphaeError('CLOSED', 'the signing key was freed')
          return signWith(key, message)
        },
        free() {
          key = undefined
        },
      }
    },
    verify(signature, message, raw) {
      if (!hasCanonicalScalar(signature) || !isAcceptableKey(raw)) return false
      try {
        return verifyNatively(null, message, prepare(raw), signature)
      } catch {
        return false
      }
    },
  }
}

/** P-384 of node:crypto. */
export const nativeP384: P384 = {
  backend: BACKEND,
  publicKey: secret => rawPublicKey('p384', secretKey('p384', secret)),
  shared: (secret, theirs) =>
    isUncompressedPoint(theirs) ? exchange(secretKey('p384', secret), () => publicKey('p384', theirs)) : undefined,
  sign: (secret, message) => own(signNatively('sha384', message, secretKey('p384', secret))),
  verify(signature, message, raw) {
    if (!isUncompressedPoint(raw) || signature.length > P384_BYTES.maxSignature) return false
    try {
      return verifyNatively('sha384', message, publicKey('p384', raw), signature)
    } catch {
      return false
    }
  },
}
