import * as nodeCrypto from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { wipe } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { hasCanonicalScalar, isAcceptableKey, nobleEd25519 } from '../../crypto/ed25519.js'
import type { KdfParams } from '../../crypto/identity/identity-file.js'
import { LruMap } from '../../crypto/identity/lru.js'
import { MLDSA, nobleMlDsa65, nobleMlDsa87 } from '../../crypto/ml-dsa.js'
import { nobleMlKem768 } from '../../crypto/ml-kem.js'
import { isUncompressedPoint, nobleP384, P384_BYTES } from '../../crypto/p384.js'
import { nobleSlhDsa128s, SLHDSA128S } from '../../crypto/slh-dsa.js'
import { nobleX25519 } from '../../crypto/x25519.js'
import { createXWing } from '../../crypto/xwing.js'
import type { Ed25519, MlDsa, MlKem768, P384, PublicKeyCrypto, SlhDsa, X25519 } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import { type KeyKind, pkcs8, spki, spkiPrefixBytes } from './der.js'
import { okpPublic, okpRaw, okpSecret } from './okp/node.js'
import { probeEd25519, probeMlDsa, probeMlKem768, probeP384, probeX25519 } from './probe.js'

const BACKEND = 'node:crypto'
const PREPARED_KEYS = 1024

/** What node:crypto has from Node 24 on and the typings of Node 20 do not know. */
interface NewerCrypto {
  encapsulate?(key: KeyObject): { sharedKey: Uint8Array; ciphertext: Uint8Array }
  decapsulate?(key: KeyObject, ciphertext: Uint8Array): Uint8Array
}

const newer = nodeCrypto as unknown as NewerCrypto

/**
 * The public-key primitives of Node (and of what imitates its `node:crypto`): each part native where the runtime has it and
 * its answers are right, in TypeScript otherwise. X25519, Ed25519 and P-384 everywhere; ML-KEM, ML-DSA and SLH-DSA from
 * Node 24 on. Each part is tried once a process, which takes tens of milliseconds.
 *
 * @param random - where the KEM draws coins when its caller gives none
 */
export function nodePublicKeyCrypto(random: Random): PublicKeyCrypto {
  parts ??= chooseParts()
  const { mlkem768, ...rest } = parts
  return { ...rest, kem: createXWing(mlkem768, rest.x25519, random) }
}

interface Parts extends Omit<PublicKeyCrypto, 'kem'> {
  readonly mlkem768: MlKem768
}

/** The runtime does not change under a process, so the choice is made once. */
let parts: Parts | undefined

function chooseParts(): Parts {
  const mldsa65 = choose(nativeMlDsa('mldsa65', MLDSA[65]), nobleMlDsa65, probeMlDsa)
  return {
    mldsa65,
    x25519: choose(nativeX25519, nobleX25519, probeX25519),
    ed25519: choose(nativeEd25519(), nobleEd25519, probeEd25519),
    p384: choose(nativeP384, nobleP384, probeP384),
    mlkem768: choose(nativeMlKem768, nobleMlKem768, probeMlKem768),
    mldsa87: choose(nativeMlDsa('mldsa87', MLDSA[87]), nobleMlDsa87, probeMlDsa),
    // A trial signature would take half a second. Contexts, the only doubtful thing, are tried with ML-DSA.
    slhdsa128s: choose(nativeSlhDsa, nobleSlhDsa128s, () => mldsa65.backend === BACKEND && knowsSlhDsa()),
  }
}

/** Whether keys of SLH-DSA can be made at all; throws where not. */
function knowsSlhDsa(): boolean {
  return publicKey('slhdsa128s', new Uint8Array(SLHDSA128S.publicKey)).type === 'public'
}

/** scrypt of Node, off the main thread. */
export function nodeScrypt(passphrase: string, salt: Uint8Array, { logN, r, p }: KdfParams): Promise<Uint8Array> {
  const options = { N: 2 ** logN, r, p, maxmem: 128 * 2 ** logN * r + 128 * r * p + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    nodeCrypto.scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) => {
      if (error) reject(error)
      else resolve(own(key))
    })
  })
}

/** The native one if it passes its probe without throwing. A part that is missing throws. */
function choose<T>(native: T, fallback: T, probe: (candidate: T) => boolean): T {
  try {
    return probe(native) ? native : fallback
  } catch {
    return fallback
  }
}

/** A plain array in place of a Buffer, whose memory may be shared with others. */
function own(buffer: Uint8Array): Uint8Array {
  const copy = new Uint8Array(buffer)
  wipe(buffer)
  return copy
}

function secretKey(kind: KeyKind, secret: Uint8Array): KeyObject {
  const der = pkcs8(kind, secret)
  const key = nodeCrypto.createPrivateKey({ key: der as Buffer, format: 'der', type: 'pkcs8' })
  wipe(der)
  return key
}

function publicKey(kind: KeyKind, raw: Uint8Array): KeyObject {
  return nodeCrypto.createPublicKey({ key: spki(kind, raw) as Buffer, format: 'der', type: 'spki' })
}

/** The raw public key that belongs to a secret key. */
function rawPublicKey(kind: KeyKind, secret: KeyObject): Uint8Array {
  const der = nodeCrypto.createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(spkiPrefixBytes(kind)))
}

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
    return own(nodeCrypto.diffieHellman({ privateKey, publicKey: theirs() }))
  } catch {
    return undefined
  }
}

const nativeX25519: X25519 = {
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

function nativeEd25519(): Ed25519 {
  const prepare = preparedKeys()
  const signWith = (key: KeyObject, message: Uint8Array) => own(nodeCrypto.sign(null, message, key))
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
        return nodeCrypto.verify(null, message, prepare(raw), signature)
      } catch {
        return false
      }
    },
  }
}

const nativeP384: P384 = {
  backend: BACKEND,
  publicKey: secret => rawPublicKey('p384', secretKey('p384', secret)),
  shared: (secret, theirs) =>
    isUncompressedPoint(theirs) ? exchange(secretKey('p384', secret), () => publicKey('p384', theirs)) : undefined,
  sign: (secret, message) => own(nodeCrypto.sign('sha384', message, secretKey('p384', secret))),
  verify(signature, message, raw) {
    if (!isUncompressedPoint(raw) || signature.length > P384_BYTES.maxSignature) return false
    try {
      return nodeCrypto.verify('sha384', message, publicKey('p384', raw), signature)
    } catch {
      return false
    }
  },
}

const nativeMlKem768: MlKem768 = {
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

const nativeSlhDsa: SlhDsa = {
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
