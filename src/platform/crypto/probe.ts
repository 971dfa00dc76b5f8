import { compareBytes } from '../../core/bytes.js'
import { fromHex, utf8 } from '../../core/text.js'
import type { Ed25519, MlDsa, MlKem768, P384, X25519 } from '../../ports/crypto.js'

/*
 * Short trials of native primitives against known answers, run once a process. A runtime that lacks a primitive throws in
 * its trial; one that imitates another runtime incompletely gives a wrong answer. The answers are constants, because
 * computing them in TypeScript would cost start-up a third of a second.
 */

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)
const is = (bytes: Uint8Array | undefined, hex: string) =>
  bytes !== undefined && compareBytes(bytes, fromHex(hex)) === 0
const MESSAGE = utf8('hyphae probe')
const CONTEXT = utf8('hyphae/1 probe')

/** Known public key and secret, and the all-zero point refused. */
export function probeX25519(native: X25519): boolean {
  const key = native.key(filled(32, 1))
  const theirs = fromHex('ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59')
  return (
    is(key.publicKey, 'a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209') &&
    is(key.shared(theirs), '2ed76ab549b1e73c031eb49c9448f0798aea81b698279a0c3dc3e49fbfc4b953') &&
    key.shared(filled(32, 0)) === undefined
  )
}

/**
 * A key with a component of order 8, and two signatures: one fulfils the equation exactly, one only up to the cofactor.
 * A backend that judges them otherwise than we do cannot be used: honest nodes would disagree.
 */
const TORSION = {
  key: '463257dfb022b6f0d32d8fbc7f57c87040af2617915af864a2d02be18729b49f',
  exact: {
    msg: '746f7273696f6e2031',
    sig:
      'ea8ce37d85c2bf417f52223aaa82fc482ef1d48e68938245979390df0b2069fd' +
      '8baa1f672e2162ae2a348e4b98038457cfa53cdd0d2a9f4aac01692e1f21b902',
  },
  cofactored: {
    msg: '746f7273696f6e2030',
    sig:
      'ea8ce37d85c2bf417f52223aaa82fc482ef1d48e68938245979390df0b2069fd' +
      'c6133feb2882a5c4cc4b1799ddb0862e220181efa34d0d281b19f2fb9e2a7301',
  },
}

const ED25519_KEY = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'
const ED25519_SIGNATURE =
  'caa55608febedadd7da1d341877fb81b329aa8832f023cab8b308c12ae5becd3' +
  '6e31fd20b68e140a195060f5a991d5c9d31155f3e249f9e7c1c2902fcdd73209'

/** Known signatures, and the agreed verdict on keys with torsion. */
export function probeEd25519(native: Ed25519): boolean {
  const seed = filled(32, 1)
  const key = fromHex(TORSION.key)
  const verdict = ({ msg, sig }: { msg: string; sig: string }) => native.verify(fromHex(sig), fromHex(msg), key)
  return (
    is(native.publicKey(seed), ED25519_KEY) &&
    is(native.sign(seed, MESSAGE), ED25519_SIGNATURE) &&
    is(native.signer(seed).sign(MESSAGE), ED25519_SIGNATURE) &&
    native.verify(fromHex(ED25519_SIGNATURE), MESSAGE, fromHex(ED25519_KEY)) &&
    !native.verify(fromHex(ED25519_SIGNATURE), CONTEXT, fromHex(ED25519_KEY)) &&
    verdict(TORSION.exact) &&
    !verdict(TORSION.cofactored)
  )
}

const P384_KEY =
  '0443e3af2a0db9086750976877650f426d2157a45e10de646ff857198b226df0d4b2243408e03ba711d9c34c51cb344413' +
  'dd12e3cea20d5112f06b0831d2ea139ba34061f8310e9744fd18d915ef34f6f2c670e34c63eeb80bcc613ecb91f2c196'

/** Known key and exchange, and a signature that it takes itself. */
export function probeP384(native: P384): boolean {
  const secret = filled(48, 1)
  const key = fromHex(P384_KEY)
  const shared = native.shared(filled(48, 2), key)
  return (
    is(native.publicKey(secret), P384_KEY) &&
    is(shared, '49ca5424673f106fc1968da5deb509bb51af15f9a4ffda8f0a41dd2528a086e7a9f0f24b9b2ac7f90577c5363ce9a445') &&
    native.verify(native.sign(secret, MESSAGE), MESSAGE, key) &&
    !native.verify(native.sign(secret, CONTEXT), MESSAGE, key)
  )
}

/** Known end of a key, known answer to a ciphertext of nobody, and its own ciphertext opened. */
export function probeMlKem768(native: MlKem768): boolean {
  const key = native.keyPair(filled(64, 1))
  const sent = native.encapsulate(key.publicKey, filled(32, 2))
  return (
    is(key.publicKey.subarray(1152), MLKEM_KEY_END) &&
    is(key.decapsulate(filled(1088, 3)), '942653c9d16fd91abe1c657ff73c2ff853fc12bf6d4552f827019aa3806538db') &&
    compareBytes(key.decapsulate(sent.ciphertext), sent.secret) === 0
  )
}

const MLKEM_KEY_END = '1c895ce4b234c9759472998b2d30ca26ebdbec72bee7accb2c2f12721aa18152'

/** Known ends of the public keys of a seed of 0x01 bytes, by their lengths. */
const MLDSA_KEY_ENDS = new Map([
  [1952, 'f7e879be4ece3e792071a6bb0bfe1da6ce14bfa132c320d4cf13c43af88459cf'],
  [2592, '23ae3e1f7b6d651c67521023c78ee95ebc7177cd9a46ac29f8c3da2355498c39'],
])

/** Known end of a key, and a signature that it takes itself under its context and no other. */
export function probeMlDsa(native: MlDsa): boolean {
  const seed = filled(32, 1)
  const key = native.publicKey(seed)
  const signature = native.sign(seed, MESSAGE, CONTEXT, filled(32, 2))
  return (
    is(key.subarray(key.length - 32), MLDSA_KEY_ENDS.get(key.length) ?? '') &&
    native.verify(signature, MESSAGE, key, CONTEXT) &&
    !native.verify(signature, MESSAGE, key, MESSAGE)
  )
}
