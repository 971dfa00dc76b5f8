import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareBytes,
  concat,
  EMPTY,
  equalConstantTime,
  isZero,
  readU16,
  readU32,
  readU64,
  wipe,
  writeU16,
  writeU32,
  writeU64,
} from '../../src/core/bytes.js'

const bytes = fc.uint8Array({ maxLength: 40 })

describe('bytes', () => {
  it('joins parts in order into an array of its own', () => {
    fc.assert(
      fc.property(fc.array(bytes), parts => {
        expect(concat(...parts)).toEqual(new Uint8Array(parts.flatMap(part => [...part])))
      }),
      { seed: 1 },
    )
    const part = new Uint8Array([1])
    expect(concat(part)).not.toBe(part)
    expect(concat()).toEqual(EMPTY)
  })

  it('tells equal from different, one bit apart and of other lengths', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(7), (a, place, bit) => {
        expect(equalConstantTime(a, a.slice())).toBe(true)
        const b = a.slice()
        b[place % a.length] = b[place % a.length] ^ (1 << bit)
        expect(equalConstantTime(a, b)).toBe(false)
        expect(equalConstantTime(a, a.subarray(1))).toBe(false)
      }),
      { seed: 2 },
    )
    expect(equalConstantTime(EMPTY, EMPTY)).toBe(true)
  })

  it('orders like Buffer.compare', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b))
      }),
      { seed: 3 },
    )
    expect(compareBytes(new Uint8Array([1]), new Uint8Array([1, 0]))).toBeLessThan(0)
    expect(compareBytes(new Uint8Array([2]), new Uint8Array([1, 9]))).toBeGreaterThan(0)
  })

  it('wipes every secret and passes over missing ones', () => {
    const a = new Uint8Array([1, 2, 3])
    const b = new Uint8Array([4])
    wipe(a, undefined, b)
    expect([...a, ...b]).toEqual([0, 0, 0, 0])
  })

  it('finds the one bit that is not zero', () => {
    expect(isZero(new Uint8Array(64))).toBe(true)
    expect(isZero(EMPTY)).toBe(true)
    for (const at of [0, 31, 63]) expect(isZero(new Uint8Array(64).fill(1, at, at + 1))).toBe(false)
    expect(isZero(new Uint8Array([0x80]))).toBe(false)
  })
})

describe('big-endian integers', () => {
  it('are what DataView says, at any offset', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), fc.maxSafeNat(), fc.nat(5), (small, middle, large, at) => {
        const out = new Uint8Array(20)
        const view = new DataView(out.buffer)
        writeU16(out, at, small)
        expect([view.getUint16(at), readU16(out, at)]).toEqual([small, small])
        writeU32(out, at, middle)
        expect([view.getUint32(at), readU32(out, at)]).toEqual([middle, middle])
        writeU64(out, at, large)
        expect([Number(view.getBigUint64(at)), readU64(out, at)]).toEqual([large, large])
        expect(isZero(out.subarray(at + 8))).toBe(true)
      }),
      { seed: 4 },
    )
  })

  it('reads 64 bit values above 2^53−1 as out of range, never rounded', () => {
    const out = new Uint8Array(8)
    const view = new DataView(out.buffer)
    view.setBigUint64(0, 2n ** 53n - 1n)
    expect(readU64(out, 0)).toBe(Number.MAX_SAFE_INTEGER)
    for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      view.setBigUint64(0, value)
      expect(readU64(out, 0)).toBe(Number.MAX_SAFE_INTEGER + 1)
    }
  })
})
