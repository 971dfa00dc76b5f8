import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { XWING } from '../../src/wire/xwing.js'
import { createFakeKem, createFakeKernels, FakeAuthority, FakeCertificates, SeededRandom } from '../../src/sim/index.js'

const kernels = createFakeKernels()
const kem = createFakeKem(new SeededRandom('kem'))
const bytes = (length: number, label: string | number = length): Uint8Array =>
  new SeededRandom(label).fill(new Uint8Array(length))

describe('stand-in KEM', () => {
  it('has the sizes of X-Wing and both sides agree', () => {
    const { publicKey, decapsulator } = kem.keyPair(bytes(32))
    expect(publicKey).toHaveLength(XWING.publicKey)
    const made = kem.encapsulate(publicKey, bytes(64))!
    expect(made.ciphertext).toHaveLength(XWING.ciphertext)
    expect(made.secret).toHaveLength(XWING.secret)
    expect(decapsulator.decapsulate(made.ciphertext, () => undefined)).toEqual(made.secret)
    expect(kem.encapsulate(publicKey, bytes(64))).toEqual(made)
    expect(kem.encapsulate(publicKey)!.secret).not.toEqual(kem.encapsulate(publicKey)!.secret)
  })

  it('gives another secret for any changed ciphertext or key, and refuses other lengths', () => {
    const { publicKey, decapsulator } = kem.keyPair(bytes(32))
    const { ciphertext, secret } = kem.encapsulate(publicKey)!
    for (const at of [0, 1, 559, XWING.ciphertext - 1]) {
      const changed = ciphertext.slice()
      changed[at] = changed[at] ^ 4
      expect(decapsulator.decapsulate(changed, () => undefined)).not.toEqual(secret)
    }
    const other = kem.keyPair(bytes(32, 'other')).decapsulator
    expect(other.decapsulate(ciphertext, () => undefined)).not.toEqual(secret)
    expect(kem.encapsulate(publicKey.subarray(1))).toBeUndefined()
    expect(decapsulator.decapsulate(ciphertext.subarray(1), () => undefined)).toBe(false)
    expect(() => kem.keyPair(bytes(31))).toThrow(/32 bytes/)
    expect(() => kem.encapsulate(publicKey, bytes(63))).toThrow(/64 bytes/)
    decapsulator.free()
    expect(decapsulator.decapsulate(ciphertext, () => undefined)).toBe(false)
  })
})

describe('stand-in AEAD', () => {
  it('opens what it sealed, wherever it stands, and notices every changed bit', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 90 }),
        fc.uint8Array({ maxLength: 9 }),
        fc.nat(7),
        fc.nat(7),
        fc.nat(),
        (text, ad, from, moved, bit) => {
          const key = kernels.aead.key(bytes(32))
          const nonce = bytes(12)
          const sealed = new Uint8Array(from + text.length + 16)
          sealed.set(text, from)
          key.seal(nonce, ad, 0, ad.length, sealed, from, from + text.length)
          const there = new Uint8Array(moved + text.length + 16)
          there.set(sealed.subarray(from), moved)
          const damaged = there.slice()
          const at = moved + ((bit >>> 3) % (text.length + 16))
          damaged[at] = damaged[at] ^ (1 << (bit & 7))
          const before = damaged.slice()
          expect(key.open(nonce, ad, 0, ad.length, damaged, moved, damaged.length)).toBe(false)
          expect(damaged).toEqual(before)
          expect(key.open(nonce, ad, 0, ad.length, there, moved, there.length)).toBe(true)
          expect(there.slice(moved, moved + text.length)).toEqual(text)
        },
      ),
      { seed: 2, numRuns: 300 },
    )
  })

  it('depends on key, nonce and associated data', () => {
    const seal = (keyLabel: string, nonceLabel: string, ad: Uint8Array): Uint8Array => {
      const buffer = new Uint8Array(66)
      kernels.aead.key(bytes(32, keyLabel)).seal(bytes(12, nonceLabel), ad, 0, ad.length, buffer, 0, 50)
      return buffer
    }
    const results = [
      seal('a', 'a', bytes(3)),
      seal('b', 'a', bytes(3)),
      seal('a', 'b', bytes(3)),
      seal('a', 'a', bytes(4)),
    ]
    const tags = results.map(result => result.slice(50).join())
    expect(new Set(tags).size).toBe(4)
    const key = kernels.aead.key(bytes(32))
    expect(key.open(bytes(12), bytes(0), 0, 0, bytes(15), 0, 15)).toBe(false)
    key.free()
    expect(() => key.seal(bytes(12), bytes(0), 0, 0, new Uint8Array(17), 0, 1)).toThrow(/freed/)
    expect(() => kernels.aead.key(bytes(31))).toThrow(/32 bytes/)
  })
})

describe('stand-in BLAKE3', () => {
  it('has its three modes apart, any length, and an avalanche', () => {
    const { blake3 } = kernels
    const input = bytes(100)
    const hashes = [blake3.hash(input), blake3.keyed(bytes(32), input), blake3.deriveKey('context', input)]
    expect(new Set(hashes.map(hash => hash.join())).size).toBe(3)
    expect(blake3.hash(input, 100)).toHaveLength(100)
    expect(blake3.hash(input, 100).slice(0, 32)).toEqual(blake3.hash(input))
    const base = blake3.hash(input)
    for (let bit = 0; bit < 800; bit += 13) {
      const changed = input.slice()
      changed[bit >>> 3] = changed[bit >>> 3] ^ (1 << (bit & 7))
      const different = blake3.hash(changed).filter((byte, i) => byte !== base[i]).length
      expect(different).toBeGreaterThan(20)
    }
  })
})

describe('stand-in certificates', () => {
  const network = bytes(32, 'network')
  const authority = new FakeAuthority(kem, network)
  const root = authority.root(new SeededRandom('root'))
  const wallMs = 1_800_000_000_000
  const time = (ms: number): { monoMs: number; wallMs: number } => ({ monoMs: 0, wallMs: ms })

  it('verify, are found by hash and by peer, and end', () => {
    const credentials = authority.issue(root, new SeededRandom('static'), wallMs, 1000)
    const known = new FakeCertificates(authority)
    expect(known.byHash(credentials.certHash, time(wallMs))).toBeUndefined()
    const verdict = known.verify(credentials.chain, time(wallMs))
    expect(verdict).toMatchObject({ ok: true, certificate: { peerId: root.peerId, hash: credentials.certHash } })
    expect(known.byHash(credentials.certHash, time(wallMs))?.staticKey).toEqual(credentials.decapsulator.publicKey)
    expect(known.ofPeer(root.peerId, time(wallMs + 999))).toBeDefined()
    expect(known.ofPeer(root.peerId, time(wallMs + 1000))).toBeUndefined()
    expect(known.verify(credentials.chain, time(wallMs + 1000))).toMatchObject({ code: 'CERTIFICATE_EXPIRED' })
    expect(known.verify(credentials.chain, time(wallMs - 1))).toMatchObject({ code: 'CERTIFICATE_INVALID' })
  })

  it('cannot be changed, forged or taken to another network', () => {
    const { chain } = authority.issue(root, new SeededRandom('static'), wallMs)
    const known = new FakeCertificates(authority)
    for (const at of [0, 40, 70, 100, 2000, chain.length - 1]) {
      const changed = chain.slice()
      changed[at] = changed[at] ^ 1
      expect(known.verify(changed, time(wallMs))).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' })
    }
    expect(known.verify(chain.slice(1), time(wallMs))).toMatchObject({ ok: false, code: 'MALFORMED' })
    const stranger = { ...root, secret: bytes(32, 'not the secret') }
    const forged = authority.issue(stranger, new SeededRandom('static'), wallMs)
    expect(known.verify(forged.chain, time(wallMs))).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' })
    const elsewhere = new FakeAuthority(kem, bytes(32, 'elsewhere'))
    elsewhere.root(new SeededRandom('root'))
    expect(new FakeCertificates(elsewhere).verify(chain, time(wallMs))).toMatchObject({ code: 'CERTIFICATE_INVALID' })
  })
})
