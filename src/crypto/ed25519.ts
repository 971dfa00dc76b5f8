import { getPublicKey, hashes, Point, sign } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { equalConstantTime, wipe } from '../core/bytes.js'
import { fromHex } from '../core/text.js'
import type { Ed25519 } from '../ports/crypto.js'
import { littleEndian } from './little-endian.js'

/** Bytes of Ed25519 (RFC 8032). */
export const ED25519 = { publicKey: 32, seed: 32, signature: 64 } as const

/** ℓ, the order of the prime subgroup, little endian. */
const ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')
/** The field's prime, little endian. */
const PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')

/** y coordinates of the eight points whose order divides 8, little endian, sign bit clear. */
const SMALL_ORDER_Y = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex)

/**
 * Whether 32 bytes are a public key we take: a canonical y coordinate (below the prime) that belongs to no point of
 * small order. That y lies on the curve at all is left to the backend's decoding.
 */
export function isAcceptableKey(key: Uint8Array): boolean {
  if (key.length !== ED25519.publicKey) return false
  const last = key[31] & 0x7f
  if (!isBelow(key, 0, last, PRIME)) return false
  return !SMALL_ORDER_Y.some(y => sameY(key, last, y))
}

/** Whether a 64-byte signature has its scalar S in range (RFC 8032 §5.1.7): S < ℓ. */
export function hasCanonicalScalar(signature: Uint8Array): boolean {
  return signature.length === ED25519.signature && isBelow(signature, 32, signature[63], ORDER)
}

/** Compares 32 little-endian bytes at `at`, the last replaced by `last`, with a bound. The values are public. */
function isBelow(bytes: Uint8Array, at: number, last: number, bound: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (i === 31 ? last : bytes[at + i]) - bound[i]
    if (difference !== 0) return difference < 0
  }
  return false
}

function sameY(key: Uint8Array, last: number, y: Uint8Array): boolean {
  if (last !== y[31]) return false
  for (let i = 0; i < 31; i++) if (key[i] !== y[i]) return false
  return true
}

/** The library leaves SHA-512 to its user, in one place for the process. */
function withHash<T>(work: () => T): T {
  hashes.sha512 ??= sha512
  return work()
}

const publicKeyOf = (seed: Uint8Array): Uint8Array => withHash(() => getPublicKey(seed))
const signWith = (seed: Uint8Array, message: Uint8Array): Uint8Array => withHash(() => sign(message, seed))

/**
 * Ed25519 in TypeScript on noble's points. noble's own verification multiplies by the cofactor; this one does not, so
 * that its verdicts equal those of node:crypto and WebCrypto.
 */
export const nobleEd25519: Ed25519 = {
  backend: 'noble',
  publicKey: publicKeyOf,
  sign: signWith,
  signer(seed) {
    const held = seed.slice()
    return {
      publicKey: publicKeyOf(held),
      sign: message => signWith(held, message),
      free: () => wipe(held),
    }
  },
  verify(signature, message, publicKey) {
    if (!hasCanonicalScalar(signature) || !isAcceptableKey(publicKey)) return false
    try {
      return equalConstantTime(commitment(signature, message, publicKey), signature.subarray(0, 32))
    } catch {
      // The key decodes to no point of the curve.
      return false
    }
  },
}

/** encode([S]B − [k]A). */
function commitment(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const key = Point.fromBytes(publicKey, false)
  const digest = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message).digest()
  const challenge = littleEndian(digest, 0, 64) % Point.CURVE().n
  const response = littleEndian(signature, 32, 64)
  return Point.BASE.multiplyUnsafe(response).subtract(key.multiplyUnsafe(challenge)).toBytes()
}
