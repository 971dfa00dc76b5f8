import { expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/core/text.js'
import type { MlDsa, FullPublicKeyCrypto } from '../../src/ports/crypto.js'
import { hex, type Result, vectors } from './vectors.js'

interface Flagged {
  tcId: number
  result: Result
  flags: string[]
}

/** Alice's key pair of RFC 7748 §6.1. */
const ALICE = {
  secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  publicKey: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
}

/** The known answers that every set of public-key primitives must give, whichever backend is behind it. */
export function knownAnswers(crypto: FullPublicKeyCrypto): void {
  ed25519Answers(crypto)
  exchangeAnswers(crypto)
  latticeAnswers(crypto)

  it('SLH-DSA: key and signature made by OpenSSL', () => {
    const file = vectors<Record<'secretKey' | 'publicKey' | 'msg' | 'ctx' | 'sig', string>>('slhdsa128s.json')
    const [message, context, key] = [hex(file.msg), hex(file.ctx), hex(file.publicKey)]
    expect(file.secretKey.endsWith(file.publicKey)).toBe(true)
    const signature = hex(file.sig)
    expect(crypto.slhdsa128s.verify(signature, message, key, context)).toBe(true)
    expect(crypto.slhdsa128s.verify(signature, message, key, utf8('another'))).toBe(false)
    signature[4000] = signature[4000] ^ 1
    expect(crypto.slhdsa128s.verify(signature, message, key, context)).toBe(false)
    expect(crypto.slhdsa128s.verify(signature.subarray(1), message, key, context)).toBe(false)
    expect(crypto.slhdsa128s.verify(hex(file.sig), message, key, new Uint8Array(256))).toBe(false)
  })
}

function ed25519Answers({ ed25519 }: FullPublicKeyCrypto): void {
  it('[D26] Ed25519: RFC 8032', () => {
    type Vector = Record<'seed' | 'publicKey' | 'msg' | 'sig', string>
    for (const { seed, publicKey, msg, sig } of vectors<{ vectors: Vector[] }>('ed25519-rfc8032.json').vectors) {
      expect(toHex(ed25519.publicKey(hex(seed)))).toBe(publicKey)
      expect(toHex(ed25519.sign(hex(seed), hex(msg)))).toBe(sig)
      const signer = ed25519.signer(hex(seed))
      expect(toHex(signer.publicKey)).toBe(publicKey)
      expect(toHex(signer.sign(hex(msg)))).toBe(sig)
      signer.free()
      expect(ed25519.verify(hex(sig), hex(msg), hex(publicKey))).toBe(true)
      expect(ed25519.verify(hex(sig), hex(`${msg}00`), hex(publicKey))).toBe(false)
    }
  })

  it('Ed25519: Wycheproof', () => {
    type Vector = Flagged & Record<'pk' | 'msg' | 'sig', string>
    for (const { tcId, pk, msg, sig, result } of vectors<{ vectors: Vector[] }>('ed25519-wycheproof.json').vectors) {
      expect(ed25519.verify(hex(sig), hex(msg), hex(pk)), `tcId ${tcId}`).toBe(result === 'valid')
    }
  })

  it('[§6.5] Ed25519: one verdict on small order, S ≥ ℓ, torsion and encodings that are not canonical', () => {
    type Vector = { name: string; valid: boolean } & Record<'pk' | 'msg' | 'sig', string>
    const cases = vectors<{ vectors: Vector[] }>('ed25519-torsion.json').vectors
    expect(cases.filter(vector => vector.valid).length).toBe(8)
    for (const { name, valid, pk, msg, sig } of cases) {
      expect(ed25519.verify(hex(sig), hex(msg), hex(pk)), name).toBe(valid)
    }
    expect(ed25519.verify(new Uint8Array(63), new Uint8Array(), new Uint8Array(32))).toBe(false)
    expect(ed25519.verify(new Uint8Array(64), new Uint8Array(), new Uint8Array(31))).toBe(false)
    // y = 2 lies on no point of the curve.
    expect(ed25519.verify(new Uint8Array(64), new Uint8Array(), new Uint8Array(32).fill(2, 0, 1))).toBe(false)
  })
}

function exchangeAnswers({ x25519, p384 }: FullPublicKeyCrypto): void {
  type Exchange = Flagged & Record<'public' | 'private' | 'shared', string>

  it('[D31] X25519: Wycheproof, all-zero results refused', () => {
    for (const { tcId, shared, flags, ...keys } of vectors<{ vectors: Exchange[] }>('x25519.json').vectors) {
      const result = x25519.key(hex(keys.private)).shared(hex(keys.public))
      const zero = flags.includes('ZeroSharedSecret')
      expect(result && toHex(result), `tcId ${tcId}`).toBe(zero ? undefined : shared)
    }
    expect(x25519.key(new Uint8Array(32).fill(1)).shared(new Uint8Array(31))).toBeUndefined()
    // RFC 7748 §6.1: the public key of Alice.
    expect(toHex(x25519.key(hex(ALICE.secret)).publicKey)).toBe(ALICE.publicKey)
  })

  it('[D31] P-384 exchange: Wycheproof, uncompressed points only', () => {
    for (const { tcId, shared, result, ...keys } of vectors<{ vectors: Exchange[] }>('ecdh-p384.json').vectors) {
      const scalar = hex(keys.private.padStart(96, '0').slice(-96))
      const outcome = p384.shared(scalar, hex(keys.public))
      const uncompressed = keys.public.startsWith('04') && keys.public.length === 194
      expect(outcome && toHex(outcome), `tcId ${tcId}`).toBe(result === 'valid' && uncompressed ? shared : undefined)
    }
  })

  it('ECDSA P-384 with SHA-384: Wycheproof', () => {
    type Vector = Flagged & Record<'pk' | 'msg' | 'sig', string>
    for (const { tcId, pk, msg, sig, result } of vectors<{ vectors: Vector[] }>('ecdsa-p384.json').vectors) {
      expect(p384.verify(hex(sig), hex(msg), hex(pk)), `tcId ${tcId}`).toBe(result === 'valid')
    }
    const secret = new Uint8Array(48).fill(3)
    const signature = p384.sign(secret, utf8('m'))
    expect(p384.verify(signature, utf8('m'), p384.publicKey(secret))).toBe(true)
    expect(p384.verify(signature, utf8('n'), p384.publicKey(secret))).toBe(false)
    expect(p384.verify(signature, utf8('m'), new Uint8Array(97).fill(4))).toBe(false)
  })
}

function latticeAnswers(crypto: FullPublicKeyCrypto): void {
  for (const [name, scheme] of [
    ['65', crypto.mldsa65],
    ['87', crypto.mldsa87],
  ] as const) {
    it(`[D32] [§6.8] ML-DSA-${name}: Wycheproof, malformed hints are false and nothing throws`, () => {
      mlDsaAnswers(`mldsa${name}.json`, scheme)
    })
  }

  it('[D32] ML-KEM-768 inside X-Wing: keys, ciphertexts and refusals of the draft', () => {
    type Vector = Record<'seed' | 'eseed' | 'ss' | 'pk' | 'ct', string>
    for (const vector of vectors<{ vectors: Vector[] }>('xwing.json').vectors) {
      const { publicKey, decapsulator } = crypto.kem.keyPair(hex(vector.seed))
      expect(toHex(publicKey)).toBe(vector.pk)
      const secret = decapsulator.decapsulate(hex(vector.ct), () => expect.unreachable())
      expect(toHex(secret as Uint8Array)).toBe(vector.ss)
      const sent = crypto.kem.encapsulate(publicKey) as { ciphertext: Uint8Array; secret: Uint8Array }
      expect(decapsulator.decapsulate(sent.ciphertext, () => expect.unreachable())).toEqual(sent.secret)
      decapsulator.free()
    }
  })
}

function mlDsaAnswers(file: string, scheme: MlDsa): void {
  type Verify = Flagged & { key: number; msg: string; ctx?: string; sig: string }
  type Sign = { seed: string; key: number; msg: string; ctx: string; sig: string }
  const { publicKeys, verify, sign } = vectors<{ publicKeys: string[]; verify: Verify[]; sign: Sign[] }>(file)
  expect(verify.some(vector => vector.flags.includes('InvalidHintsEncoding'))).toBe(true)
  for (const { tcId, key, msg, ctx, sig, result } of verify) {
    const verdict = scheme.verify(hex(sig), hex(msg), hex(publicKeys[key]), hex(ctx ?? ''))
    expect(verdict, `tcId ${tcId}`).toBe(result === 'valid')
  }
  for (const { seed, key, msg, ctx, sig } of sign) {
    const publicKey = hex(publicKeys[key])
    expect(scheme.publicKey(hex(seed))).toEqual(publicKey)
    expect(scheme.verify(hex(sig), hex(msg), publicKey, hex(ctx))).toBe(true)
    const hedged = scheme.sign(hex(seed), hex(msg), hex(ctx), new Uint8Array(32).fill(1))
    expect(scheme.verify(hedged, hex(msg), publicKey, hex(ctx))).toBe(true)
    expect(scheme.verify(hedged, hex(msg), publicKey, hex(`${ctx}00`))).toBe(false)
  }
}
