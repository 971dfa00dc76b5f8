import { describe, expect, it } from 'vitest'
import { concat, writeU64 } from '../../src/core/bytes.js'
import { utf8 } from '../../src/core/text.js'
import { fingerprint } from '../../src/crypto/identity/fingerprint.js'
import {
  MESSAGE_SIGNATURE_BYTES,
  readMessageSignature,
  signMessage,
  verifyMessage,
} from '../../src/crypto/identity/message.js'
import { flip, identityBench } from './identities.js'

const bench = identityBench(4)
const { crypto, networkId, wallMs } = bench
const { blake3 } = crypto
const { ed25519 } = crypto.publicKey

describe('detached message signatures', () => {
  it('[C51] verify apart from the message, with nothing but the certificate', async () => {
    const { certificate, chain, hotSeed } = await bench.create().issue({ networkId, wallMs })
    const message = utf8('the payload travels elsewhere')
    const signature = signMessage(blake3, ed25519.signer(hotSeed), certificate.hash, wallMs, message)
    expect(signature.length).toBe(MESSAGE_SIGNATURE_BYTES)
    expect(readMessageSignature(signature)).toEqual({ certificateHash: certificate.hash, wallMs })
    const verified = bench.verifier().verify(chain, wallMs)
    if (!verified.ok) return expect.fail(verified.reason)
    const verify = (m: Uint8Array, s: Uint8Array) => verifyMessage(blake3, ed25519, verified.certificate, m, s)
    expect(verify(message, signature)).toEqual({ ok: true, wallMs })
    expect(verify(flip(message, 3), signature)).toMatchObject({ code: 'SIGNATURE_INVALID' })
    // The signature by hand: context ‖ 0 ‖ header ‖ BLAKE3(message).
    const signed = concat(
      utf8('hyphae/1 message-signature'),
      Uint8Array.of(0),
      signature.subarray(0, 42),
      blake3.hash(message),
    )
    expect(ed25519.verify(signature.subarray(42), signed, certificate.hotKey)).toBe(true)
    for (const at of [34, 41, 42, 105]) expect(verify(message, flip(signature, at)).ok, `byte ${at}`).toBe(false)
    for (const at of [0, 1]) expect(verify(message, flip(signature, at))).toMatchObject({ reason: 'malformed' })
    expect(verify(message, signature.subarray(1))).toMatchObject({ reason: 'malformed' })
    expect(verify(message, flip(signature, 5))).toMatchObject({ reason: 'root-mismatch' })
  })

  it('hold only within the life of the certificate', async () => {
    const { certificate, hotSeed } = await bench.create().issue({ networkId, wallMs })
    const sign = (at: number) => signMessage(blake3, ed25519.signer(hotSeed), certificate.hash, at, utf8('m'))
    const verify = (s: Uint8Array) => verifyMessage(blake3, ed25519, certificate, utf8('m'), s)
    expect(verify(sign(certificate.notBeforeMs)).ok).toBe(true)
    expect(verify(sign(certificate.notBeforeMs - 1))).toMatchObject({ reason: 'not-yet-valid' })
    expect(verify(sign(certificate.notAfterMs - 1)).ok).toBe(true)
    expect(verify(sign(certificate.notAfterMs))).toMatchObject({ code: 'CERTIFICATE_EXPIRED' })
    const moved = sign(wallMs)
    writeU64(moved, 34, wallMs + 1)
    expect(verify(moved)).toMatchObject({ reason: 'signature' })
  })
})

describe('fingerprint', () => {
  it('is twelve groups of five digits that differ nearly all over for a single bit', () => {
    const id = new Uint8Array(32).fill(0xa5)
    const mine = fingerprint(blake3, id)
    expect(mine).toMatch(/^\d{5}( \d{5}){11}$/)
    for (let bit = 0; bit < 256; bit++) {
      const other = fingerprint(blake3, flip(id, bit >> 3, 1 << (bit & 7))).split(' ')
      const equal = mine.split(' ').filter((group, i) => group === other[i])
      expect(equal.length, `bit ${bit}`).toBeLessThan(2)
    }
    expect(fingerprint(blake3, id)).toBe(mine)
  })
})
