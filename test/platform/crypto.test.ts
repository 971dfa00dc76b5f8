import { describe, expect, it } from 'vitest'
import { nodePublicKeyCrypto, nodeScrypt } from '../../src/platform/crypto/node.js'
import { probeEd25519, probeMlDsa, probeMlKem768, probeP384, probeX25519 } from '../../src/platform/crypto/probe.js'
import { scryptKey } from '../../src/crypto/identity/passphrase.js'
import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import { SUITES } from '../../src/crypto/suites.js'
import { nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { flip } from '../crypto/identities.js'
import { knownAnswers } from '../crypto/known-answers.js'
import { seededRandom } from '../crypto/vectors.js'

const native = nodePublicKeyCrypto(seededRandom(1))
const noble = noblePublicKeyCrypto(seededRandom(1))
const major = Number(process.versions.node.split('.')[0])

describe('public-key primitives of Node', () => {
  knownAnswers(native)

  it('uses what this Node has, and says so', () => {
    for (const part of [native.x25519, native.ed25519, native.p384]) expect(part.backend).toBe('node:crypto')
    const lattice = major >= 24 ? 'node:crypto' : 'noble'
    expect(native.kem.backends).toEqual({ mlkem768: lattice, x25519: 'node:crypto' })
    expect(native.kem.takesCoins).toBe(lattice === 'noble')
    for (const part of [native.mldsa65, native.mldsa87, native.slhdsa128s]) expect(part.backend).toBe(lattice)
  })

  it('agrees with TypeScript on random keys, messages and damage', () => {
    const random = seededRandom(5)
    for (let i = 0; i < 20; i++) {
      const seed = random.fill(new Uint8Array(32))
      const message = random.fill(new Uint8Array(i * 7))
      const key = native.ed25519.publicKey(seed)
      const signature = native.ed25519.sign(seed, message)
      expect(key).toEqual(noble.ed25519.publicKey(seed))
      expect(signature).toEqual(noble.ed25519.sign(seed, message))
      for (const at of [0, 31, 32, 63]) {
        const bad = flip(signature, at, 1 << (i % 8))
        expect(native.ed25519.verify(bad, message, key)).toBe(noble.ed25519.verify(bad, message, key))
      }
      const theirs = native.x25519.key(random.fill(new Uint8Array(32))).publicKey
      expect(native.x25519.key(seed).shared(theirs)).toEqual(noble.x25519.key(seed).shared(theirs))
    }
  })

  it('[§6.5] judges arbitrary 32-byte keys as TypeScript does', () => {
    const random = seededRandom(6)
    const message = new Uint8Array(1)
    for (let i = 0; i < 200; i++) {
      const key = random.fill(new Uint8Array(32))
      const signature = random.fill(new Uint8Array(64))
      signature[63] = signature[63] & 15
      expect(native.ed25519.verify(signature, message, key)).toBe(noble.ed25519.verify(signature, message, key))
    }
  })

  it('[E11] X-Wing made of native halves and X-Wing in TypeScript open each other', () => {
    const seed = new Uint8Array(32).fill(4)
    const [ours, theirs] = [native.kem.keyPair(seed), noble.kem.keyPair(seed)]
    expect(ours.publicKey).toEqual(theirs.publicKey)
    for (const [from, to] of [
      [native, theirs],
      [noble, ours],
    ] as const) {
      const sent = from.kem.encapsulate(to.publicKey) as { ciphertext: Uint8Array; secret: Uint8Array }
      expect(to.decapsulator.decapsulate(sent.ciphertext, () => expect.unreachable())).toEqual(sent.secret)
    }
    ours.decapsulator.free()
    expect(ours.decapsulator.decapsulate(new Uint8Array(1120), () => expect.unreachable())).toBe(false)
  })

  it('root signatures of one are taken by the other', () => {
    const random = seededRandom(8)
    const [message, context] = [new Uint8Array(9), new Uint8Array(4)]
    for (const suite of [SUITES[1], SUITES[2]]) {
      const secret = suite.generate(native, random)
      const key = suite.publicKey(native, secret)
      expect(suite.publicKey(noble, secret)).toEqual(key)
      expect(suite.verify(noble, key, message, context, suite.sign(native, random, secret, message, context))).toBe(
        true,
      )
      expect(suite.verify(native, key, message, context, suite.sign(noble, random, secret, message, context))).toBe(
        true,
      )
    }
  })

  it('falls back where a native part answers wrongly', () => {
    const wrong = () => new Uint8Array(32)
    expect(probeX25519({ ...noble.x25519, key: secret => ({ ...noble.x25519.key(secret), shared: wrong }) })).toBe(
      false,
    )
    expect(probeX25519(noble.x25519)).toBe(true)
    expect(probeEd25519({ ...noble.ed25519, verify: () => true })).toBe(false)
    expect(probeEd25519(noble.ed25519)).toBe(true)
    expect(probeP384({ ...noble.p384, shared: wrong })).toBe(false)
    expect(probeP384(noble.p384)).toBe(true)
    for (const part of [noble.mldsa65, noble.mldsa87]) {
      expect(probeMlDsa({ ...part, verify: () => true })).toBe(false)
      expect(probeMlDsa({ ...part, publicKey: wrong })).toBe(false)
      expect(probeMlDsa(part)).toBe(true)
    }
    const deaf = { ...nobleMlKem768, encapsulate: () => ({ ciphertext: new Uint8Array(1088), secret: wrong() }) }
    expect(probeMlKem768(deaf)).toBe(false)
    expect(probeMlKem768(nobleMlKem768)).toBe(true)
  })

  it('is chosen once a process', () => {
    expect(nodePublicKeyCrypto(seededRandom(2)).ed25519).toBe(native.ed25519)
  })

  it('closes freed keys', () => {
    const signer = native.ed25519.signer(new Uint8Array(32))
    signer.free()
    expect(() => signer.sign(new Uint8Array(1))).toThrow(/freed/)
    const key = native.x25519.key(new Uint8Array(32).fill(1))
    key.free()
    expect(key.shared(new Uint8Array(32).fill(9))).toBeUndefined()
  })

  it('scrypt gives the key that TypeScript gives', async () => {
    const params = { logN: 10, r: 8, p: 2 }
    const salt = new Uint8Array(32).fill(1)
    expect(await nodeScrypt('grün', salt, params)).toEqual(scryptKey('grün', salt, params))
    expect(await nodeScrypt('gru\u0308n', salt, params)).toEqual(scryptKey('grün', salt, params))
  })
})
