import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { createFakeKernels } from '../../src/sim/crypto/kernels.js'
import { backends, edgeLengths, nodeAead, seal, Seeded } from './backends.js'

const SEED = 0x5eed_0200
const none = new Uint8Array(0)
const subjects = [
  ...backends.map(([name, { aead }]) => ({ name, aead, twin: nodeAead, nonceBytes: 12 })),
  ...backends.map(([name, { xaead }]) => ({
    name: `${name}, extended nonce`,
    aead: xaead,
    twin: xaead,
    nonceBytes: 24,
  })),
  { name: 'native', aead: nodeAead, twin: nodeAead, nonceBytes: 12 },
  { name: 'simulated', aead: createFakeKernels().aead, twin: createFakeKernels().aead, nonceBytes: 12 },
]

describe.each(subjects)('$name', ({ name, aead, twin, nonceBytes }) => {
  it('seals and opens from one buffer into another, and touches nothing else of either', () => {
    const random = new Seeded(SEED)
    for (const length of edgeLengths(random, name === 'wasm' ? 300 : 30)) {
      const [secret, nonce, ad] = [random.bytes(32), random.bytes(nonceBytes), random.bytes(random.below(30))]
      const [from, at] = [random.below(40), random.below(40)]
      const source = random.bytes(from + length + 5)
      const before = Uint8Array.from(source)
      const target = new Uint8Array(at + length + 16 + 7).fill(0xa5)
      const key = aead.key(secret)
      key.seal(nonce, ad, 0, ad.length, source, from, from + length, target, at)
      const want = seal(twin, secret, nonce, ad, before.subarray(from, from + length))
      const of = `seed ${SEED}, length ${length}, from ${from}, at ${at}`
      expect(Buffer.compare(target.subarray(at, at + length + 16), want), of).toBe(0)
      expect(Buffer.compare(source, before), of).toBe(0)
      expect(
        [...target.subarray(0, at), ...target.subarray(-7)].every(byte => byte === 0xa5),
        of,
      ).toBe(true)
      const back = new Uint8Array(from + length).fill(0x5a)
      expect(key.open(nonce, ad, 0, ad.length, target, at, at + length + 16, back, from), of).toBe(true)
      expect(Buffer.compare(back.subarray(from), before.subarray(from, from + length)), of).toBe(0)
      expect(
        back.subarray(0, from).every(byte => byte === 0x5a),
        of,
      ).toBe(true)
      back.fill(0x5a)
      target[at + random.below(length + 16)] ^= 4
      expect(key.open(nonce, ad, 0, ad.length, target, at, at + length + 16, back, from), of).toBe(false)
      expect(
        back.every(byte => byte === 0x5a),
        of,
      ).toBe(true)
      key.free()
    }
  })

  // The stand-in of simulations checks less.
  if (name === 'simulated') return

  it('refuses a target without room, and a freed key', () => {
    const key = aead.key(new Uint8Array(32))
    const [nonce, source, target] = [new Uint8Array(nonceBytes), new Uint8Array(5000), new Uint8Array(4015)]
    const calls: (() => unknown)[] = [
      () => key.seal(nonce, none, 0, 0, source, 0, 4000, target, 0),
      () => key.seal(nonce, none, 0, 0, source, 0, 3999, target, 1),
      () => key.seal(nonce, none, 0, 0, source, 0, 10, target, -1),
      () => key.open(nonce, none, 0, 0, source, 0, 4032, target, 0),
      () => key.open(nonce, none, 0, 0, source, 0, 5001, target, 0),
    ]
    for (const call of calls) {
      let caught: unknown
      try {
        call()
      } catch (error) {
        caught = error
      }
      expect(isHyphaeError(caught, 'INVALID_ARGUMENT')).toBe(true)
    }
    expect(target.every(byte => byte === 0)).toBe(true)
    key.free()
    expect(() => key.seal(nonce, none, 0, 0, source, 0, 10, target, 0)).toThrowError(/after it was freed/)
  })
})
