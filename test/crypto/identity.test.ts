import { blake3 } from '@noble/hashes/blake3.js'
import { describe, expect, it } from 'vitest'
import { compareBytes, concat } from '../../src/core/bytes.js'
import { peerIdToBytes } from '../../src/core/ids.js'
import { LIMITS } from '../../src/core/limits.js'
import { toHex, utf8 } from '../../src/core/text.js'
import { parseCertificate } from '../../src/crypto/identity/certificate.js'
import { SIGN_CONTEXT } from '../../src/crypto/identity/labels.js'
import { nextRootDigest } from '../../src/crypto/identity/root.js'
import { localSigner } from '../../src/crypto/identity/signer.js'
import { CERTIFICATE_SIGNED_BYTES, readCertificate, writeCertificate } from '../../src/wire/identity/certificate.js'
import { readChain, writeChain } from '../../src/wire/identity/chain.js'
import { inceptionBytes, readInception, writeInception } from '../../src/wire/identity/inception.js'
import { appendSignature } from '../../src/wire/identity/signature.js'
import { flip, identityBench } from './identities.js'

const bench = identityBench()
const { ports, crypto, networkId, wallMs } = bench
const DAY = 86_400_000
const alice = bench.create()

describe('inception and peer id', () => {
  it('[E1] the peer id is derived from the hybrid root key and what is pre-committed with it', () => {
    const records = readChain(alice.rootChain)
    const inception = records?.inception as Uint8Array
    expect(inception.length).toBe(2056)
    expect([inceptionBytes(1), inceptionBytes(2), inceptionBytes(3)]).toEqual([2056, 2761, 104])
    const expected = blake3(inception, { context: utf8('hyphae/1 peer-id') })
    expect(toHex(peerIdToBytes(alice.id))).toBe(toHex(expected))
    expect(readInception(inception)?.publicKey.length).toBe(1952 + 32)
    for (const at of [8, 1960, 2000])
      expect(blake3(flip(inception, at), { context: utf8('hyphae/1 peer-id') })).not.toEqual(expected)
  })

  it('refuses reserved bytes, flags, unknown versions and suites, and wrong lengths', () => {
    const inception = readChain(alice.rootChain)?.inception as Uint8Array
    expect(readInception(inception)).toBeDefined()
    for (const at of [0, 3, 4, 5, 6, 7, 2024, 2055])
      expect(readInception(flip(inception, at, 0x40)), `byte ${at}`).toBeUndefined()
    expect(readInception(inception.subarray(1))).toBeUndefined()
    expect(readInception(concat(inception, new Uint8Array(1)))).toBeUndefined()
    expect(readInception(new Uint8Array(0))).toBeUndefined()
  })

  it('pre-commits to the next key by its suite and bytes', () => {
    const key = new Uint8Array(1984).fill(7)
    const expected = blake3(concat(Uint8Array.of(1), key), { context: utf8('hyphae/1 next-root') })
    expect(nextRootDigest(crypto.blake3, 1, key)).toEqual(expected)
    expect(nextRootDigest(crypto.blake3, 2, key)).not.toEqual(expected)
  })
})

describe('operating certificates', () => {
  it('[E17] verifies inception → certificate and knows it by its hash afterwards', async () => {
    const verifier = bench.verifier()
    const { chain, certificate } = await alice.issue({ networkId, wallMs, capabilities: 5 })
    const verdict = verifier.verify(chain, wallMs)
    if (!verdict.ok) return expect.fail(verdict.reason)
    expect(verdict.certificate.peerId).toBe(alice.id)
    expect(verdict.certificate.capabilities).toBe(5)
    expect(verdict.certificate.staticKey.length).toBe(1216)
    expect(verdict.certificate.hash).toEqual(blake3(certificate.bytes))
    expect(verifier.verifications).toBe(1)
    expect(verifier.lookup(certificate.hash, wallMs)?.ok).toBe(true)
    expect(verifier.verify(chain, wallMs + 1).ok).toBe(true)
    expect(verifier.verifyCertificate(certificate.bytes, wallMs).ok).toBe(true)
    expect(verifier.verifications).toBe(1)
    expect(verifier.lookup(new Uint8Array(32), wallMs)).toBeUndefined()
  })

  it('[E17] [§6.20] refuses expired, future, over-long, other networks and lower seq, each with its code', async () => {
    const verifier = bench.verifier()
    const first = await alice.issue({ networkId, wallMs, lifetimeMs: DAY })
    const second = await alice.issue({ networkId, wallMs, lifetimeMs: DAY })
    expect(verifier.verify(second.chain, wallMs + DAY)).toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      reason: 'expired',
    })
    expect(verifier.verify(second.chain, wallMs + DAY - 1).ok).toBe(true)
    expect(verifier.verify(second.chain, wallMs - 90_001)).toMatchObject({
      code: 'CERTIFICATE_INVALID',
      reason: 'not-yet-valid',
    })
    expect(verifier.verify(second.chain, wallMs - 90_000).ok).toBe(true)
    expect(verifier.verify(first.chain, wallMs)).toMatchObject({ code: 'CERTIFICATE_INVALID', reason: 'lower-seq' })
    expect(verifier.lookup(second.certificate.hash, wallMs + DAY)).toMatchObject({ reason: 'expired' })
    const elsewhere = await alice.issue({ networkId: new Uint8Array(32), wallMs })
    expect(verifier.verify(elsewhere.chain, wallMs)).toMatchObject({
      code: 'CERTIFICATE_INVALID',
      reason: 'other-network',
    })
  })

  it('[§6.20] refuses one millisecond more than seven days', async () => {
    const signer = localSigner(ports.publicKey, ports.random, 1)
    const life = (lifetimeMs: number) => forge(signer, { notBeforeMs: wallMs, notAfterMs: wallMs + lifetimeMs })
    expect(bench.verifier().verify(life(7 * DAY), wallMs).ok).toBe(true)
    expect(bench.verifier().verify(life(7 * DAY + 1), wallMs)).toMatchObject({ reason: 'lifetime' })
    await expect(alice.issue({ networkId, wallMs, lifetimeMs: 7 * DAY })).rejects.toThrow(/lifetimeMs/)
  })

  it('refuses a certificate with any byte changed', async () => {
    const { chain, certificate } = await alice.issue({ networkId, wallMs })
    const start = chain.length - certificate.bytes.length
    const offsets = [
      0, 5, 6, 8, 39, 40, 72, 73, 80, 112, 120, 128, 136, 140, 144, 1360, 1392, 1423, 1424, 1426, 3000, 4798,
    ]
    for (const at of offsets) {
      const verdict = bench.verifier().verify(flip(chain, start + at), wallMs)
      expect(verdict.ok, `byte ${at}`).toBe(false)
    }
    expect(CERTIFICATE_SIGNED_BYTES + 2 + 3373).toBe(certificate.bytes.length)
  })

  it('refuses another root, another suite, and seq used twice', async () => {
    const signer = localSigner(ports.publicKey, ports.random, 1)
    const verifier = bench.verifier()
    expect(verifier.verify(forge(signer, { seq: 7 }), wallMs).ok).toBe(true)
    expect(verifier.verify(forge(signer, { seq: 7, capabilities: 1 }), wallMs)).toMatchObject({ reason: 'seq-reused' })
    expect(verifier.verify(forge(signer, { recordHash: new Uint8Array(32), seq: 8 }), wallMs)).toMatchObject({
      reason: 'root-mismatch',
    })
    expect(verifier.verify(forge(signer, { peerId: new Uint8Array(32), seq: 8 }), wallMs)).toMatchObject({
      reason: 'peer-mismatch',
    })
    const bob = await bench.create().issue({ networkId, wallMs })
    const records = readChain((await alice.issue({ networkId, wallMs })).chain)
    const swapped = writeChain({
      inception: records?.inception as Uint8Array,
      rotations: [],
      certificate: bob.certificate.bytes,
    })
    expect(bench.verifier().verify(swapped, wallMs)).toMatchObject({ code: 'IDENTITY_MISMATCH' })
  })

  it('[§6.7] a signature of another context is false', () => {
    const signer = localSigner(ports.publicKey, ports.random, 1)
    for (const context of [SIGN_CONTEXT.rotation, SIGN_CONTEXT.revocation, new Uint8Array(0)]) {
      expect(bench.verifier().verify(forge(signer, {}, context), wallMs)).toMatchObject({ code: 'SIGNATURE_INVALID' })
    }
    expect(bench.verifier().verify(forge(signer, {}), wallMs).ok).toBe(true)
  })

  it('works on the received bytes and a copy of its own', async () => {
    const { certificate } = await alice.issue({ networkId, wallMs })
    const received = certificate.bytes.slice()
    const parsed = parseCertificate(crypto.blake3, received)
    received.fill(0)
    expect(parsed?.bytes).toEqual(certificate.bytes)
    expect(parsed?.hotKey).toEqual(certificate.hotKey)
    expect(readCertificate(received)).toBeUndefined()
  })

  it('[E12] every suite issues certificates that verify', { timeout: 60_000 }, async () => {
    for (const suite of [2, 3] as const) {
      const identity = bench.create({ suite, next: 'none' })
      const { chain, certificate } = await identity.issue({ networkId, wallMs })
      expect(certificate.suite).toBe(suite)
      expect(bench.verifier().verify(chain, wallMs).ok).toBe(true)
      expect(bench.verifier().verify(flip(chain, chain.length - 60), wallMs).ok).toBe(false)
    }
  })
})

describe('chains', () => {
  it('refuses broken framing, trailing bytes, a missing certificate and one byte too many', async () => {
    const { chain } = await alice.issue({ networkId, wallMs })
    const verifier = bench.verifier()
    for (const length of [0, 7, 8, 9, 100, chain.length - 1]) {
      expect(verifier.verify(chain.subarray(0, length), wallMs)).toMatchObject({ code: 'MALFORMED' })
    }
    expect(verifier.verify(concat(chain, new Uint8Array(1)), wallMs)).toMatchObject({ code: 'MALFORMED' })
    expect(verifier.verify(alice.rootChain, wallMs)).toMatchObject({ reason: 'no-certificate' })
    expect(readChain(new Uint8Array(LIMITS.maxChainBytes + 1))).toBeUndefined()
    const tooMany = flip(alice.rootChain, 5, 17)
    expect(readChain(tooMany)).toBeUndefined()
  })

  it('asks for the chain where a certificate comes alone', async () => {
    const { certificate } = await alice.issue({ networkId, wallMs })
    expect(bench.verifier().verifyCertificate(certificate.bytes, wallMs)).toMatchObject({ reason: 'unknown-root' })
    expect(bench.verifier().verifyCertificate(certificate.bytes.subarray(1), wallMs)).toMatchObject({
      reason: 'malformed',
    })
  })

  it('remembers nothing of identities that never signed anything', () => {
    const verifier = bench.verifier()
    const inception = readChain(alice.rootChain)?.inception as Uint8Array
    for (let i = 0; i < 20; i++)
      expect(
        verifier.learnRoot(writeChain({ inception: flip(inception, 100 + i), rotations: [], certificate: undefined }))
          .ok,
      ).toBe(true)
    expect(verifier.exportState().length).toBe(12)
  })

  it('forgets the certificate used longest ago when full', async () => {
    const verifier = bench.verifier({ maxCertificates: 2 })
    const issued = []
    for (let i = 0; i < 3; i++) {
      issued.push(await bench.create({ next: 'none' }).issue({ networkId, wallMs }))
      expect(verifier.verify((issued[i] as { chain: Uint8Array }).chain, wallMs).ok).toBe(true)
    }
    const known = issued.map(one => verifier.lookup(one.certificate.hash, wallMs)?.ok)
    expect(known).toEqual([undefined, true, true])
    expect(compareBytes(issued[0]?.certificate.hash, issued[1]?.certificate.hash)).not.toBe(0)
  })
})

/** A chain whose certificate is made by hand and signed by `signer` as the root of a fresh identity. */
function forge(
  signer: ReturnType<typeof localSigner>,
  changes: Partial<Parameters<typeof writeCertificate>[0]>,
  context = SIGN_CONTEXT.certificate,
): Uint8Array {
  const inception = writeInception({ suite: 1, publicKey: signer.publicKey, nextDigest: new Uint8Array(32) })
  const signed = writeCertificate({
    suite: 1,
    peerId: crypto.blake3.deriveKey('hyphae/1 peer-id', inception),
    networkId,
    rotation: 0,
    recordHash: crypto.blake3.hash(inception),
    seq: 1,
    notBeforeMs: wallMs,
    notAfterMs: wallMs + DAY,
    capabilities: 0,
    staticKey: new Uint8Array(1216),
    hotKey: new Uint8Array(32),
    onionRoot: new Uint8Array(32),
    ...changes,
  })
  return writeChain({ inception, rotations: [], certificate: appendSignature(signed, signer.sign(signed, context)) })
}
