import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/core/text.js'
import { hasReducedCoefficients, nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { nobleX25519 } from '../../src/crypto/x25519.js'
import { createXWing } from '../../src/crypto/xwing.js'
import { loadKernels } from '../../src/kernels/index.js'
import type { MlKem768 } from '../../src/ports/crypto.js'
import { hex, type Result, seededRandom, vectors } from '../crypto/vectors.js'
import { Seeded } from './backends.js'
import { freshMlKem, setCoefficient } from './mlkem-support.js'

interface File {
  keyGen: { seed: string; ek: string }[]
  decapsulate: { tcId: number; seed: string; ek?: string; c: string; K: string; result: Result }[]
  encapsulate: { tcId: number; m: string; ek: string; c: string; K: string; result: Result }[]
}

interface XWingVector {
  seed: string
  eseed: string
  ss: string
  pk: string
  ct: string
}

const mlkem = loadKernels({ backend: 'wasm' }).mlkem768 as MlKem768
const file = vectors<File>('mlkem768.json')

/** What a call throws as: the code of the error, or "nothing". */
function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return String((error as { code?: string }).code)
  }
  return 'nothing'
}

describe('ML-KEM-768 of the kernels: known answers', () => {
  it('[D32] Wycheproof: keys of seeds', () => {
    expect(file.keyGen).toHaveLength(3)
    for (const { seed, ek } of file.keyGen) expect(toHex(mlkem.keyPair(hex(seed)).publicKey)).toBe(ek)
  })

  it('[D32] Wycheproof: decapsulation, with implicit rejection and wrong lengths', () => {
    const valid = file.decapsulate.filter(vector => vector.result === 'valid')
    expect([valid.length, file.decapsulate.length]).toEqual([7, 9])
    for (const { tcId, seed, ek, c, K } of valid) {
      const key = mlkem.keyPair(hex(seed))
      if (ek !== undefined) expect(toHex(key.publicKey)).toBe(ek)
      expect(toHex(key.decapsulate(hex(c))), `tcId ${tcId}`).toBe(K)
      key.free()
    }
    for (const { tcId, seed, c, result } of file.decapsulate) {
      if (result === 'valid') continue
      expect(
        refusal(() => mlkem.keyPair(hex(seed)).decapsulate(hex(c))),
        `tcId ${tcId}`,
      ).toBe('INVALID_ARGUMENT')
    }
  })

  it('[D32] Wycheproof: encapsulation, with coefficients ≥ q and wrong lengths refused', () => {
    const valid = file.encapsulate.filter(vector => vector.result === 'valid')
    expect([valid.length, file.encapsulate.length]).toEqual([4, 12])
    for (const { tcId, m, ek, c, K, result } of file.encapsulate) {
      if (result !== 'valid') {
        expect(
          refusal(() => mlkem.encapsulate(hex(ek), hex(m))),
          `tcId ${tcId}`,
        ).toBe('INVALID_ARGUMENT')
        continue
      }
      const sent = mlkem.encapsulate(hex(ek), hex(m))
      expect([toHex(sent.ciphertext), toHex(sent.secret)], `tcId ${tcId}`).toEqual([c, K])
    }
  })

  it('[D32] the accumulated test of Go’s crypto/mlkem: 10,000 keys, ciphertexts, secrets and rejections', () => {
    const runs = 10_000
    const inputs = createHash('shake128', { outputLength: runs * 1184 }).digest()
    const results = createHash('shake128', { outputLength: 32 })
    let wrong = 0
    for (let at = 0; at < inputs.length; at += 1184) {
      const key = mlkem.keyPair(inputs.subarray(at, at + 64))
      const { ciphertext, secret } = mlkem.encapsulate(key.publicKey, inputs.subarray(at + 64, at + 96))
      if (Buffer.compare(key.decapsulate(ciphertext), secret) !== 0) wrong++
      const rejected = key.decapsulate(inputs.subarray(at + 96, at + 1184))
      results.update(key.publicKey).update(ciphertext).update(secret).update(rejected)
      key.free()
    }
    expect(wrong).toBe(0)
    // src/crypto/mlkem/mlkem_test.go, TestAccumulated.
    expect(results.digest('hex')).toBe('8a518cc63da366322a8e7a818c7a0d63483cb3528d34a4cf42f35d5ad73f22fc')
  }, 60_000)

  it('[D32] [E11] X-Wing on top: the vectors of the draft', () => {
    const xwing = createXWing(mlkem, nobleX25519, seededRandom(7))
    expect(xwing.backends.mlkem768).toBe('wasm')
    expect(xwing.takesCoins).toBe(true)
    const known = vectors<{ vectors: XWingVector[] }>('xwing.json').vectors
    expect(known.length).toBeGreaterThan(2)
    for (const vector of known) {
      const { publicKey, decapsulator } = xwing.keyPair(hex(vector.seed))
      expect(toHex(publicKey)).toBe(vector.pk)
      const sent = xwing.encapsulate(publicKey, hex(vector.eseed))
      expect(sent && [toHex(sent.ciphertext), toHex(sent.secret)]).toEqual([vector.ct, vector.ss])
      const secret = decapsulator.decapsulate(hex(vector.ct), () => expect.unreachable())
      expect(toHex(secret as Uint8Array)).toBe(vector.ss)
    }
  })
})

describe('ML-KEM-768 of the kernels: against noble', () => {
  it('[D32] agrees in 10,000 random cases: keys, encapsulations, decapsulations and rejections', () => {
    const random = new Seeded(61)
    let cases = 0
    for (let round = 0; round < 2500; round++) {
      const [seed, coins] = [random.bytes(64), random.bytes(32)]
      const [ours, theirs] = [mlkem.keyPair(seed), nobleMlKem768.keyPair(seed)]
      const sent = nobleMlKem768.encapsulate(theirs.publicKey, coins)
      const own = mlkem.encapsulate(theirs.publicKey, coins)
      const bad = round % 2 === 0 ? random.bytes(1088) : sent.ciphertext.slice()
      if (round % 2 === 1) bad[random.below(1088)] ^= 1 << random.below(8)
      const pairs = [
        [ours.publicKey, theirs.publicKey],
        [Buffer.concat([own.ciphertext, own.secret]), Buffer.concat([sent.ciphertext, sent.secret])],
        [ours.decapsulate(sent.ciphertext), sent.secret],
        [ours.decapsulate(bad), theirs.decapsulate(bad)],
      ] as const
      for (const [a, b] of pairs) {
        // Cheaper than an expectation; it matters at this number.
        if (Buffer.compare(a, b) !== 0) expect.unreachable(`round ${round}, case ${cases % 4}`)
        cases++
      }
      ours.free()
    }
    expect(cases).toBe(10_000)
  }, 120_000)

  it('[§6.1] refuses the keys that noble refuses: a coefficient ≥ q at any position', () => {
    const random = new Seeded(62)
    const coins = random.bytes(32)
    const { publicKey } = mlkem.keyPair(random.bytes(64))
    for (let index = 0; index < 768; index++) {
      const key = publicKey.slice()
      for (const value of [3329, 3330 + random.below(766)]) {
        setCoefficient(key, index, value)
        expect(
          refusal(() => mlkem.encapsulate(key, coins)),
          `${value} at ${index}`,
        ).toBe('INVALID_ARGUMENT')
        expect(hasReducedCoefficients(key)).toBe(false)
      }
      if (index % 64 === 0) expect(() => nobleMlKem768.encapsulate(key, coins)).toThrow()
      setCoefficient(key, index, 3328)
      if (index % 64 !== 0) continue
      expect(mlkem.encapsulate(key, coins)).toEqual({ ...nobleMlKem768.encapsulate(key, coins) })
    }
  })

  it('[§6.3] refuses wrong lengths as noble does', () => {
    const key = mlkem.keyPair(new Uint8Array(64))
    const theirs = nobleMlKem768.keyPair(new Uint8Array(64))
    for (const length of [0, 63, 65]) {
      expect(refusal(() => mlkem.keyPair(new Uint8Array(length)))).toBe('INVALID_ARGUMENT')
      expect(() => nobleMlKem768.keyPair(new Uint8Array(length))).toThrow()
    }
    for (const length of [0, 1183, 1185]) {
      expect(refusal(() => mlkem.encapsulate(new Uint8Array(length), new Uint8Array(32)))).toBe('INVALID_ARGUMENT')
      expect(() => nobleMlKem768.encapsulate(new Uint8Array(length), new Uint8Array(32))).toThrow()
    }
    for (const length of [0, 1087, 1089]) {
      expect(refusal(() => key.decapsulate(new Uint8Array(length)))).toBe('INVALID_ARGUMENT')
      expect(() => theirs.decapsulate(new Uint8Array(length))).toThrow()
    }
    expect(refusal(() => mlkem.encapsulate(key.publicKey, new Uint8Array(31)))).toBe('INVALID_ARGUMENT')
  })

  it('[§6.2] every flipped bit of a ciphertext gives the secret that noble gives, and never the true one', () => {
    const random = new Seeded(63)
    const seed = random.bytes(64)
    const [ours, theirs] = [mlkem.keyPair(seed), nobleMlKem768.keyPair(seed)]
    const { ciphertext, secret } = mlkem.encapsulate(ours.publicKey, random.bytes(32))
    for (let at = 0; at < 1088; at++) {
      const flipped = ciphertext.slice()
      flipped[at] ^= 1 << (at % 8)
      const rejected = ours.decapsulate(flipped)
      expect(Buffer.compare(rejected, secret), `byte ${at}`).not.toBe(0)
      if (at % 16 === 0) expect(rejected).toEqual(theirs.decapsulate(flipped))
    }
  })

  it('keys of one process do not disturb each other', () => {
    const random = new Seeded(64)
    const { mlkem: other } = freshMlKem()
    const keys = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? mlkem : other).keyPair(random.bytes(64)))
    const sent = keys.map(key => mlkem.encapsulate(key.publicKey, random.bytes(32)))
    for (const i of [3, 0, 7, 7, 1, 2, 6, 5, 4]) {
      expect(keys[i]?.decapsulate(sent[i]?.ciphertext)).toEqual(sent[i]?.secret)
    }
  })
})
