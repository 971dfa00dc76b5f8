import { compareBytes } from '../../core/bytes.js'
import { fromHex, utf8 } from '../../core/text.js'
import type { Ed25519, MlDsa, MlKem768, P384, SlhDsa, X25519 } from '../../ports/crypto.js'

/*
 * Short trials of a native primitive against the one in TypeScript, run once at start. A runtime that lacks a primitive
 * throws in its trial; one that imitates another runtime incompletely gives a wrong answer.
 */

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)
const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a !== undefined && b !== undefined && compareBytes(a, b) === 0
const MESSAGE = utf8('hyphae probe')
const CONTEXT = utf8('hyphae/1 probe')

/** Equal public key and secret, and the all-zero point refused. */
export function probeX25519(native: X25519, reference: X25519): boolean {
  const theirs = reference.publicKey(filled(32, 2))
  return (
    same(native.publicKey(filled(32, 1)), reference.publicKey(filled(32, 1))) &&
    same(native.shared(filled(32, 1), theirs), reference.shared(filled(32, 1), theirs)) &&
    native.shared(filled(32, 1), filled(32, 0)) === undefined
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

/** Equal signatures, and the agreed verdict on keys with torsion. */
export function probeEd25519(native: Ed25519, reference: Ed25519): boolean {
  const seed = filled(32, 1)
  const signature = reference.sign(seed, MESSAGE)
  const key = fromHex(TORSION.key)
  const torsion = [TORSION.exact, TORSION.cofactored].map(({ msg, sig }) =>
    native.verify(fromHex(sig), fromHex(msg), key),
  )
  return (
    same(native.publicKey(seed), reference.publicKey(seed)) &&
    same(native.sign(seed, MESSAGE), signature) &&
    same(native.signer(seed).sign(MESSAGE), signature) &&
    native.verify(signature, MESSAGE, reference.publicKey(seed)) &&
    !native.verify(signature, CONTEXT, reference.publicKey(seed)) &&
    torsion[0] === true &&
    torsion[1] === false
  )
}

/** Equal exchange; signatures that each side takes from the other. */
export function probeP384(native: P384, reference: P384): boolean {
  const secret = filled(48, 1)
  const key = reference.publicKey(secret)
  const theirs = reference.publicKey(filled(48, 2))
  return (
    same(native.publicKey(secret), key) &&
    same(native.shared(secret, theirs), reference.shared(secret, theirs)) &&
    native.verify(reference.sign(secret, MESSAGE), MESSAGE, key) &&
    reference.verify(native.sign(secret, MESSAGE), MESSAGE, key)
  )
}

/** Equal keys from a seed; ciphertexts that each side opens alike. */
export function probeMlKem768(native: MlKem768, reference: MlKem768): boolean {
  const seed = filled(64, 1)
  const [ours, theirs] = [native.keyPair(seed), reference.keyPair(seed)]
  const sent = native.encapsulate(theirs.publicKey, filled(32, 2))
  return (
    same(ours.publicKey, theirs.publicKey) &&
    same(theirs.decapsulate(sent.ciphertext), sent.secret) &&
    same(ours.decapsulate(filled(1088, 3)), theirs.decapsulate(filled(1088, 3)))
  )
}

/** Equal keys from a seed; signatures with a context that each side takes from the other, and only under that context. */
export function probeMlDsa(native: MlDsa, reference: MlDsa): boolean {
  const seed = filled(32, 1)
  const key = reference.publicKey(seed)
  const signature = reference.sign(seed, MESSAGE, CONTEXT, filled(32, 2))
  return (
    same(native.publicKey(seed), key) &&
    native.verify(signature, MESSAGE, key, CONTEXT) &&
    !native.verify(signature, MESSAGE, key, MESSAGE) &&
    reference.verify(native.sign(seed, MESSAGE, CONTEXT, filled(32, 2)), MESSAGE, key, CONTEXT)
  )
}

/** Signs and verifies by itself under a context and under no other; a signature in TypeScript would take seconds. */
export function probeSlhDsa(native: SlhDsa): boolean {
  const seeds = fromHex(SLHDSA_KEY)
  const signature = native.sign(seeds, MESSAGE, CONTEXT, filled(16, 1))
  const key = seeds.subarray(32)
  return native.verify(signature, MESSAGE, key, CONTEXT) && !native.verify(signature, MESSAGE, key, MESSAGE)
}

/** Secret key of seeds all 0x01. */
const SLHDSA_KEY =
  '0101010101010101010101010101010101010101010101010101010101010101' +
  '01010101010101010101010101010101e5a3172b31a0c309c8eff772e6513fde'
