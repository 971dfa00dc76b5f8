import { p384 } from '@noble/curves/nist.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { toHex, utf8 } from '../../src/core/text.js'
import { compositeMessage, LABEL_MLDSA65_ED25519 } from '../../src/crypto/composite.js'
import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import { SUITES } from '../../src/crypto/suites.js'
import { SUITE_SIZES } from '../../src/wire/identity/suites.js'
import { hex, seededRandom, vectors } from './vectors.js'

interface File {
  message: string
  context: string
  vectors: { tcId: string; pk: string; sk: string; s: string; sWithContext: string }[]
}

const crypto = noblePublicKeyCrypto(seededRandom(1))
const random = seededRandom(2)
const file = vectors<File>('composite.json')
const message = hex(file.message)
const context = hex(file.context)

function vector(tcId: string) {
  const found = file.vectors.find(entry => entry.tcId === tcId)
  if (!found) throw new Error(tcId)
  return found
}

describe('composite signatures of draft-ietf-lamps-pq-composite-sigs-19', () => {
  const published = [
    { suite: SUITES[1], entry: vector('id-MLDSA65-Ed25519-SHA512'), secret: (sk: Uint8Array) => sk },
    {
      suite: SUITES[2],
      entry: vector('id-MLDSA87-ECDSA-P384-SHA512'),
      // ML-DSA seed 32 ‖ ECPrivateKey in DER, whose octet string begins after 7 bytes.
      secret: (sk: Uint8Array) => concat(sk.subarray(0, 32), sk.subarray(39, 87)),
    },
  ]
  for (const { suite, entry, secret } of published) {
    it(`[D32] [E12] ${entry.tcId}: the draft's own vectors`, () => {
      const publicKey = hex(entry.pk)
      expect(toHex(suite.publicKey(crypto, secret(hex(entry.sk))))).toBe(entry.pk)
      expect(suite.verify(crypto, publicKey, message, new Uint8Array(), hex(entry.s))).toBe(true)
      expect(suite.verify(crypto, publicKey, message, context, hex(entry.sWithContext))).toBe(true)
    })

    it(`[§6.6] [§6.7] ${entry.tcId}: one valid half or another context is false`, () => {
      const publicKey = hex(entry.pk)
      const signature = hex(entry.s)
      const empty = new Uint8Array()
      for (const at of [5, 2000, signature.length - 5]) {
        const bad = signature.slice()
        bad[at] = bad[at] ^ 1
        expect(suite.verify(crypto, publicKey, message, empty, bad), `byte ${at}`).toBe(false)
      }
      expect(suite.verify(crypto, publicKey, message, context, signature)).toBe(false)
      expect(suite.verify(crypto, publicKey, message, empty, hex(entry.sWithContext))).toBe(false)
      expect(suite.verify(crypto, publicKey, message, new Uint8Array(256), signature)).toBe(false)
      expect(suite.verify(crypto, publicKey, message, empty, signature.subarray(0, 100))).toBe(false)
      expect(suite.verify(crypto, publicKey.subarray(1), message, empty, signature)).toBe(false)
    })
  }

  it('[§6.6] halves of two keys never add up, and halves of the bare message are no composite', () => {
    const first = SUITES[1].generate(crypto, random)
    const second = SUITES[1].generate(crypto, random)
    const key = SUITES[1].publicKey(crypto, first)
    const mine = SUITES[1].sign(crypto, random, first, message, context)
    const theirs = SUITES[1].sign(crypto, random, second, message, context)
    expect(SUITES[1].verify(crypto, key, message, context, mine)).toBe(true)
    const mixes = [
      concat(mine.subarray(0, 3309), theirs.subarray(3309)),
      concat(theirs.subarray(0, 3309), mine.subarray(3309)),
    ]
    for (const mixed of mixes) expect(SUITES[1].verify(crypto, key, message, context, mixed)).toBe(false)
    const { secretKey } = ml_dsa65.keygen(first.subarray(0, 32))
    const bare = concat(ml_dsa65.sign(message, secretKey), ed25519.sign(message, first.subarray(32)))
    expect(SUITES[1].verify(crypto, key, message, context, bare)).toBe(false)
  })

  it('agrees with M′ put together by hand and signed by the bare libraries', () => {
    const secret = SUITES[1].generate(crypto, random)
    const label = utf8('COMPSIG-MLDSA65-Ed25519-SHA512')
    const represented = concat(
      utf8('CompositeAlgorithmSignatures2025'),
      label,
      Uint8Array.of(context.length),
      context,
      sha512(message),
    )
    expect(compositeMessage(LABEL_MLDSA65_ED25519, context, message)).toEqual(represented)
    const { secretKey } = ml_dsa65.keygen(secret.subarray(0, 32))
    const signature = concat(
      ml_dsa65.sign(represented, secretKey, { context: label }),
      ed25519.sign(represented, secret.subarray(32)),
    )
    expect(SUITES[1].verify(crypto, SUITES[1].publicKey(crypto, secret), message, context, signature)).toBe(true)
  })
})

describe('root suites', () => {
  it('[E12] suite 2 signs and verifies, its ECDSA half with SHA-384', () => {
    const suite = SUITES[2]
    const secret = suite.generate(crypto, random)
    const key = suite.publicKey(crypto, secret)
    expect(key.length).toBe(SUITE_SIZES[2].publicKey)
    const signature = suite.sign(crypto, random, secret, message, context)
    expect(suite.verify(crypto, key, message, context, signature)).toBe(true)
    const represented = compositeMessage(utf8('COMPSIG-MLDSA87-ECDSA-P384-SHA512'), context, message)
    expect(p384.verify(signature.subarray(4627), represented, key.subarray(2592), { format: 'der', lowS: false })).toBe(
      true,
    )
  })

  it('[E12] suite 3 (SLH-DSA) signs and verifies under its context only', { timeout: 60_000 }, () => {
    const suite = SUITES[3]
    const secret = suite.generate(crypto, random)
    expect(secret.length).toBe(suite.secretKeyBytes)
    const key = suite.publicKey(crypto, secret)
    const signature = suite.sign(crypto, random, secret, message, context)
    expect(signature.length).toBe(SUITE_SIZES[3].maxSignature)
    expect(suite.verify(crypto, key, message, context, signature)).toBe(true)
    expect(suite.verify(crypto, key, message, utf8('other'), signature)).toBe(false)
    expect(suite.verify(crypto, key, message, new Uint8Array(256), signature)).toBe(false)
  })

  it('keeps sizes as the layouts expect them', () => {
    for (const id of [1, 2, 3] as const) expect(SUITES[id].id).toBe(id)
    expect(SUITES[1].generate(crypto, random).length).toBe(SUITES[1].secretKeyBytes)
    expect(SUITES[2].generate(crypto, random).length).toBe(SUITES[2].secretKeyBytes)
  })
})
