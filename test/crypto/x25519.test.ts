import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/core/text.js'
import { nobleEd25519 } from '../../src/crypto/ed25519.js'
import { littleEndian } from '../../src/crypto/little-endian.js'
import { nobleX25519 } from '../../src/crypto/x25519.js'

/** A number below 2^256 as 32 bytes, the lowest first. */
function toLittleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const runs = { seed: 25519, numRuns: 60 }

/** The other implementation's answer; it throws where ours is undefined. */
function theirs(secret: Uint8Array, publicKey: Uint8Array): string | undefined {
  try {
    return toHex(x25519.getSharedSecret(secret, publicKey))
  } catch {
    return undefined
  }
}

describe('X25519 and Ed25519 in TypeScript', () => {
  it('agree with another implementation on random keys and messages', () => {
    fc.assert(
      fc.property(key, key, fc.uint8Array({ maxLength: 100 }), (secret, other, message) => {
        const ours = nobleX25519.key(secret)
        expect(toHex(ours.publicKey)).toBe(toHex(x25519.getPublicKey(secret)))
        const shared = ours.shared(other)
        expect(shared && toHex(shared)).toBe(theirs(secret, other))
        expect(toHex(nobleEd25519.publicKey(secret))).toBe(toHex(ed25519.getPublicKey(secret)))
        const signature = nobleEd25519.sign(secret, message)
        expect(toHex(signature)).toBe(toHex(ed25519.sign(message, secret)))
        expect(nobleEd25519.verify(signature, message, ed25519.getPublicKey(secret))).toBe(true)
      }),
      runs,
    )
  })

  it('agree at the edges of the field', () => {
    const edges = [
      0n,
      1n,
      2n,
      9n,
      2n ** 255n - 20n,
      2n ** 255n - 19n,
      2n ** 255n - 18n,
      2n ** 255n - 1n,
      2n ** 256n - 1n,
    ]
    for (const secret of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(32).fill(7)]) {
      const ours = nobleX25519.key(secret)
      expect(toHex(ours.publicKey)).toBe(toHex(x25519.getPublicKey(secret)))
      for (const u of edges.map(toLittleEndian)) {
        const shared = ours.shared(u)
        expect(shared && toHex(shared), toHex(u)).toBe(theirs(secret, u))
      }
    }
  })

  it('leaves the secret it was given as it was, and works no more once freed', () => {
    const secret = new Uint8Array(32).fill(255)
    const ours = nobleX25519.key(secret)
    expect(secret.every(byte => byte === 255)).toBe(true)
    const before = ours.shared(toLittleEndian(9n))
    ours.free()
    expect(before && toHex(before)).toBe(toHex(ours.publicKey))
    expect(ours.shared(toLittleEndian(9n))).not.toEqual(before)
  })

  it('reads numbers, the lowest byte first', () => {
    fc.assert(
      fc.property(key, bytes => {
        expect(toLittleEndian(littleEndian(bytes, 0, 32))).toEqual(bytes)
      }),
      runs,
    )
    expect(littleEndian(Uint8Array.of(9, 1, 2, 9), 1, 3)).toBe(0x201n)
  })
})
