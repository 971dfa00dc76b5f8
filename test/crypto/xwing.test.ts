import { sha3_256 } from '@noble/hashes/sha3.js'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { toHex } from '../../src/core/text.js'
import { hasReducedCoefficients, nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { nobleX25519 } from '../../src/crypto/x25519.js'
import { createXWing } from '../../src/crypto/xwing.js'
import { hex, seededRandom, vectors } from './vectors.js'

interface Vector {
  seed: string
  eseed: string
  ss: string
  pk: string
  ct: string
}

const kem = createXWing(nobleMlKem768, nobleX25519, seededRandom(7))
const never = () => expect.unreachable()

/** u coordinates of X25519 whose shared secret is always zero (RFC 7748 §7 and the curve's small subgroup, twist too). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

describe('X-Wing', () => {
  it('[D32] [E11] passes the vectors of the draft', () => {
    for (const vector of vectors<{ vectors: Vector[] }>('xwing.json').vectors) {
      const { publicKey, decapsulator } = kem.keyPair(hex(vector.seed))
      expect(toHex(publicKey)).toBe(vector.pk)
      const sent = kem.encapsulate(publicKey, hex(vector.eseed))
      expect(toHex(sent?.ciphertext as Uint8Array)).toBe(vector.ct)
      expect(toHex(sent?.secret as Uint8Array)).toBe(vector.ss)
      expect(toHex(decapsulator.decapsulate(hex(vector.ct), never) as Uint8Array)).toBe(vector.ss)
    }
  })

  it('agrees with a second implementation of the whole KEM', () => {
    const seed = seededRandom(3).fill(new Uint8Array(32))
    const theirs = ml_kem768_x25519.keygen(seed)
    const ours = kem.keyPair(seed)
    expect(ours.publicKey).toEqual(theirs.publicKey)
    const sent = ml_kem768_x25519.encapsulate(theirs.publicKey)
    expect(ours.decapsulator.decapsulate(sent.cipherText, never)).toEqual(sent.sharedSecret)
  })

  it('[§6.1] refuses an ML-KEM key with a coefficient ≥ q, in every position', () => {
    const { publicKey } = kem.keyPair(new Uint8Array(32))
    expect(hasReducedCoefficients(publicKey)).toBe(true)
    for (const index of [0, 1, 2, 383, 766, 767]) {
      for (const value of [3329, 4095]) {
        const bad = setCoefficient(publicKey, index, value)
        expect(hasReducedCoefficients(bad)).toBe(false)
        expect(kem.encapsulate(bad)).toBeUndefined()
      }
      expect(hasReducedCoefficients(setCoefficient(publicKey, index, 3328))).toBe(true)
    }
  })

  it('[§6.4] refuses an X25519 half of low order, in a key and in a ciphertext', () => {
    const { publicKey, decapsulator } = kem.keyPair(new Uint8Array(32).fill(9))
    const sent = kem.encapsulate(publicKey)
    for (const point of LOW_ORDER) {
      const key = publicKey.slice()
      key.set(hex(point), 1184)
      expect(kem.encapsulate(key), point).toBeUndefined()
      const ciphertext = (sent?.ciphertext as Uint8Array).slice()
      ciphertext.set(hex(point), 1088)
      expect(decapsulator.decapsulate(ciphertext, never), point).toBe(false)
    }
  })

  it('refuses wrong lengths before any arithmetic', () => {
    const { publicKey, decapsulator } = kem.keyPair(new Uint8Array(32))
    for (const length of [0, 1215, 1217]) expect(kem.encapsulate(new Uint8Array(length))).toBeUndefined()
    for (const length of [0, 1119, 1121]) expect(decapsulator.decapsulate(new Uint8Array(length), never)).toBe(false)
    expect(() => kem.keyPair(new Uint8Array(31))).toThrow(/32 bytes/)
    expect(() => kem.encapsulate(publicKey, new Uint8Array(63))).toThrow(/64 bytes/)
  })

  it('answers a flipped ciphertext with another secret, never with an error', () => {
    const { publicKey, decapsulator } = kem.keyPair(new Uint8Array(32))
    const sent = kem.encapsulate(publicKey) as { ciphertext: Uint8Array; secret: Uint8Array }
    expect(decapsulator.decapsulate(sent.ciphertext, never)).toEqual(sent.secret)
    for (const at of [0, 500, 1087, 1088]) {
      const flipped = sent.ciphertext.slice()
      flipped[at] = flipped[at] ^ 1
      const secret = decapsulator.decapsulate(flipped, never) as Uint8Array
      expect(secret.length).toBe(32)
      expect(secret).not.toEqual(sent.secret)
    }
  })

  it('wipes and closes a freed decapsulator', () => {
    const { publicKey, decapsulator } = kem.keyPair(new Uint8Array(32))
    const sent = kem.encapsulate(publicKey) as { ciphertext: Uint8Array }
    decapsulator.free()
    expect(decapsulator.decapsulate(sent.ciphertext, never)).toBe(false)
  })

  it('binds the X25519 share and key into the secret', () => {
    // The combiner by hand: SHA3-256(ssM ‖ ssX ‖ ctX ‖ pkX ‖ "\.//^\").
    const { publicKey } = kem.keyPair(new Uint8Array(32).fill(5))
    const coins = seededRandom(11).fill(new Uint8Array(64))
    const sent = kem.encapsulate(publicKey, coins) as { ciphertext: Uint8Array; secret: Uint8Array }
    const lattice = nobleMlKem768.encapsulate(publicKey.subarray(0, 1184), coins.subarray(0, 32))
    const ephemeral = nobleX25519.key(coins.subarray(32))
    const classical = ephemeral.shared(publicKey.subarray(1184)) as Uint8Array
    const share = ephemeral.publicKey
    const label = new TextEncoder().encode('\\.//^\\')
    expect(sent.secret).toEqual(sha3_256(concat(lattice.secret, classical, share, publicKey.subarray(1184), label)))
  })
})

function setCoefficient(key: Uint8Array, index: number, value: number): Uint8Array {
  const copy = key.slice()
  const at = Math.floor(index / 2) * 3
  if (index % 2 === 0) {
    copy[at] = value
    copy[at + 1] = (copy[at + 1] & 0xf0) | (value >>> 8)
  } else {
    copy[at + 1] = (copy[at + 1] & 0x0f) | ((value & 15) << 4)
    copy[at + 2] = value >>> 4
  }
  return copy
}
