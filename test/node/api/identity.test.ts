import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../../src/core/errors.js'
import { LIMITS } from '../../../src/core/limits.js'
import { type FileContent, isBoundedKdf, sealFile } from '../../../src/crypto/identity/identity-file.js'
import { localSigner } from '../../../src/crypto/identity/signer.js'
import { exportIdentity, importIdentity } from '../../../src/node/api/identity-file.js'
import { Identity } from '../../../src/node/api/identity.js'
import type { Signer } from '../../../src/ports/crypto.js'
import { readChain } from '../../../src/wire/identity/chain.js'
import { flip, identityBench } from '../../crypto/identities.js'

const bench = identityBench(5)
const { ports, networkId, wallMs } = bench
const FAST = { logN: 10, r: 8, p: 1 }

/** A signer as an HSM would be: it answers later. */
function remote(suite: 1 | 2 = 1): Signer & { calls: number } {
  const { publicKey, sign } = localSigner(ports.publicKey, ports.random, suite)
  return {
    suite,
    publicKey,
    calls: 0,
    sign(message, context) {
      this.calls++
      return Promise.resolve().then(() => sign(message, context))
    },
  }
}

describe('identity', () => {
  it('works with root keys that live elsewhere and answer later', async () => {
    const [signer, next] = [remote(), remote(2)]
    const identity = bench.create({ signer, next })
    const verifier = bench.verifier()
    expect(verifier.verify((await identity.issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    await identity.rotate('none')
    expect(identity.suite).toBe(2)
    expect(verifier.verify((await identity.issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    expect([signer.calls, next.calls]).toEqual([1, 2])
    expect(identity.secrets()).toBeUndefined()
    await expect(exportIdentity(ports, identity, 'x', { kdf: FAST })).rejects.toThrow(/elsewhere/)
  })

  it('serves calls in turn: a certificate asked for during a rotation is one of the new root', async () => {
    const identity = bench.create()
    const [first, , second] = await Promise.all([
      identity.issue({ networkId, wallMs }),
      identity.rotate(),
      identity.issue({ networkId, wallMs }),
    ])
    expect([first.certificate.rotation, second.certificate.rotation]).toEqual([0, 1])
    expect(second.certificate.seq).toBeGreaterThan(first.certificate.seq)
  })

  it('goes on after a signer failed', async () => {
    const good = remote()
    let broken = true
    const signer: Signer = {
      suite: 1,
      publicKey: good.publicKey,
      sign: (message, context) => (broken ? Promise.reject(new Error('unplugged')) : good.sign(message, context)),
    }
    const identity = bench.create({ signer })
    await expect(identity.issue({ networkId, wallMs })).rejects.toThrow('unplugged')
    broken = false
    expect((await identity.issue({ networkId, wallMs })).certificate.peerId).toBe(identity.id)
  })

  it('numbers certificates upwards and says which arguments are wrong', async () => {
    const identity = bench.create()
    expect((await identity.issue({ networkId, wallMs, seq: 5 })).certificate.seq).toBe(5)
    expect((await identity.issue({ networkId, wallMs: 3 })).certificate.seq).toBe(6)
    const wrong = [
      { networkId, wallMs, seq: 6 },
      { networkId: new Uint8Array(31), wallMs },
      { networkId, wallMs: 0.5 },
      { networkId, wallMs, lifetimeMs: 0 },
      { networkId, wallMs, lifetimeMs: LIMITS.maxCertificateLifetimeMs },
    ]
    for (const options of wrong)
      await expect(identity.issue(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(() => bench.create({ suite: 9 as 1 })).toThrow(/no suite 9/)
    expect(() => bench.create({ suite: 2, signer: remote(1) })).toThrow(/suite 2/)
    expect(() => bench.create({ next: { ...remote(1), suite: 7 } })).toThrow(/no suite 7/)
  })

  it('refuses an impossible signature of a signer', async () => {
    const signer = remote()
    const identity = bench.create({ signer: { ...signer, sign: () => new Uint8Array(5) } })
    await expect(identity.issue({ networkId, wallMs })).rejects.toMatchObject({ code: 'INTERNAL' })
    const rotating = bench.create({ next: { ...remote(), sign: () => new Uint8Array(3373) } })
    await expect(rotating.rotate()).rejects.toMatchObject({ code: 'ROTATION_INVALID' })
    expect(rotating.rotation).toBe(0)
  })

  it('signs nothing once its keys are wiped', async () => {
    const identity = bench.create()
    identity.free()
    await expect(identity.issue({ networkId, wallMs })).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('decapsulates with the certified static key and signs with the hot one', async () => {
    const { certificate, decapsulator, hotSeed, staticSeed } = await bench.create().issue({ networkId, wallMs })
    const sent = ports.publicKey.kem.encapsulate(certificate.staticKey)
    expect(decapsulator.decapsulate(sent?.ciphertext as Uint8Array, () => undefined)).toEqual(sent?.secret)
    expect(ports.publicKey.kem.keyPair(staticSeed as Uint8Array).publicKey).toEqual(certificate.staticKey)
    expect(ports.publicKey.ed25519.publicKey(hotSeed)).toEqual(certificate.hotKey)
  })
})

describe('identity files', () => {
  it('bring back an identity with its history, ready to rotate on', async () => {
    for (const suite of [1, 2] as const) {
      const identity = bench.create({ suite })
      await identity.rotate()
      const file = await exportIdentity(ports, identity, 'correct horse', { kdf: FAST })
      const restored = await importIdentity(ports, file, 'correct horse')
      expect([restored.id, restored.rotation, restored.suite]).toEqual([identity.id, 1, suite])
      expect(restored.fingerprint).toBe(identity.fingerprint)
      const roots = await restored.rotate()
      expect(bench.verifier().learnRoot(roots).ok).toBe(true)
      expect(bench.verifier().verify((await restored.issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    }
  })

  it('of an identity that never rotates have no second key', async () => {
    const identity = bench.create({ next: 'none' })
    const file = await exportIdentity(ports, identity, 'p', { kdf: FAST })
    const restored = await importIdentity(ports, file, 'p')
    expect(restored.id).toBe(identity.id)
    await expect(restored.rotate()).rejects.toMatchObject({ code: 'ROTATION_INVALID' })
  })

  it('tell a wrong passphrase from damage, wherever the damage is', async () => {
    const file = await exportIdentity(ports, bench.create(), 'right', { kdf: FAST })
    await expect(importIdentity(ports, file, 'wrong')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' })
    const offsets = [0, 4, 5, 6, 7, 8, 9, 16, 47, 48, 1000, file.length - 17, file.length - 1]
    for (const at of offsets) {
      const error: unknown = await importIdentity(ports, flip(file, at), 'right').catch((caught: unknown) => caught)
      expect(isHyphaeError(error, 'IDENTITY_CORRUPT'), `byte ${at}`).toBe(true)
    }
    for (const length of [0, 10, 79, file.length - 1]) {
      await expect(importIdentity(ports, file.subarray(0, length), 'right')).rejects.toMatchObject({
        code: 'IDENTITY_CORRUPT',
      })
    }
    const long = new Uint8Array(LIMITS.maxIdentityFileBytes + 1)
    await expect(importIdentity(ports, long, 'right')).rejects.toMatchObject({ code: 'IDENTITY_CORRUPT' })
  })

  it('cannot ask for unbounded passphrase work', async () => {
    expect(isBoundedKdf({ logN: 18, r: 8, p: 1 })).toBe(true)
    expect(isBoundedKdf({ logN: 18, r: 9, p: 1 })).toBe(false)
    expect(isBoundedKdf({ logN: 17, r: 8, p: 4 })).toBe(true)
    expect(isBoundedKdf({ logN: 17, r: 8, p: 5 })).toBe(false)
    for (const kdf of [
      { ...FAST, logN: 9 },
      { ...FAST, logN: 21 },
      { ...FAST, r: 0 },
      { ...FAST, r: 33 },
      { ...FAST, p: 17 },
      { ...FAST, p: 1.5 },
    ]) {
      expect(isBoundedKdf(kdf)).toBe(false)
      await expect(exportIdentity(ports, bench.create({ next: 'none' }), 'x', { kdf })).rejects.toThrow(/kdf/)
    }
    await expect(exportIdentity(ports, bench.create({ next: 'none' }), '')).rejects.toThrow(/empty/)
    // A hostile file with a fresh checksum: refused before the passphrase function runs.
    const file = await exportIdentity(ports, bench.create({ next: 'none' }), 'x', { kdf: FAST })
    file.set([20, 32, 16], 6)
    file.set(
      ports.kernels.blake3.deriveKey('hyphae/1 identity-file-checksum', file.slice(0, -16), 16),
      file.length - 16,
    )
    let ran = false
    const scrypt = () => {
      ran = true
      return new Uint8Array(32)
    }
    await expect(importIdentity(ports, file, 'x', { scrypt })).rejects.toMatchObject({ code: 'IDENTITY_CORRUPT' })
    expect(ran).toBe(false)
  })

  it('authenticate their header: other costs are a wrong key', async () => {
    const constant = () => new Uint8Array(32).fill(1)
    const file = await exportIdentity(ports, bench.create({ next: 'none' }), 'x', { kdf: FAST, scrypt: constant })
    const other = flip(file, 8, 3)
    other.set(
      ports.kernels.blake3.deriveKey('hyphae/1 identity-file-checksum', other.slice(0, -16), 16),
      other.length - 16,
    )
    await expect(importIdentity(ports, other, 'x', { scrypt: constant })).rejects.toMatchObject({
      code: 'DECRYPT_FAILED',
    })
    expect((await importIdentity(ports, file, 'x', { scrypt: constant })).rotation).toBe(0)
  })

  it('whose content is not an identity are corrupt, even under the right key', async () => {
    const constant = () => new Uint8Array(32).fill(1)
    const header = { kdf: FAST, salt: new Uint8Array(32) }
    const { kernels } = ports
    const seal = (content: FileContent) => sealFile(kernels, header, constant(), content)
    const identity = bench.create()
    const secrets = identity.secrets() as NonNullable<ReturnType<typeof identity.secrets>>
    const good = { chain: identity.rootChain, secret: secrets.current, next: secrets.next }
    const broken: FileContent[] = [
      { ...good, chain: new Uint8Array(9) },
      { ...good, secret: new Uint8Array(3) },
      { ...good, secret: new Uint8Array(64) },
      { ...good, next: { suite: 9, secret: new Uint8Array(64) } },
      { ...good, next: { suite: 1, secret: new Uint8Array(5) } },
      { ...good, next: { suite: 1, secret: new Uint8Array(64) } },
      { ...good, next: { suite: 0, secret: new Uint8Array(5) } },
      { ...good, next: { suite: 1, secret: new Uint8Array(0) } },
    ]
    const open = (file: Uint8Array) => importIdentity(ports, file, 'x', { scrypt: constant })
    for (const content of broken) await expect(open(seal(content))).rejects.toMatchObject({ code: 'IDENTITY_CORRUPT' })
    expect((await open(seal(good))).id).toBe(identity.id)
    // The pre-committed key may be kept elsewhere.
    expect((await open(seal({ ...good, next: undefined }))).id).toBe(identity.id)
  })

  it('refuse keys that do not belong to the records', () => {
    const records = readChain(bench.create().rootChain)
    const parts = { inception: records?.inception as Uint8Array, rotations: [], next: undefined }
    const signer = localSigner(ports.publicKey, ports.random, 1)
    expect(() => new Identity(ports, { ...parts, signer })).toThrow(/keys are not those/)
    expect(() => new Identity(ports, { ...parts, signer, inception: new Uint8Array(3) })).toThrow(/malformed/)
    expect(() => localSigner(ports.publicKey, ports.random, 1, new Uint8Array(63))).toThrow(/64 bytes/)
  })
})
