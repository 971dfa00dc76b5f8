import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, fromHex } from '../../src/core/text.js'
import {
  MAX_VARINT,
  MAX_VARINT_4,
  VarintReader,
  varintSize,
  writeVarint,
  writeVarint2,
  writeVarint4,
} from '../../src/wire/varint.js'

function read(hex: string): number {
  const bytes = fromHex(hex)
  const reader = new VarintReader()
  reader.point(bytes, 0, bytes.length)
  return reader.read()
}

function write(value: number): string {
  const out = new Uint8Array(8)
  return toHex(out.subarray(0, writeVarint(out, 0, value)))
}

describe('varint', () => {
  it('matches the examples of RFC 9000 appendix A.1', () => {
    expect(read('9d7f3e7d')).toBe(494_878_333)
    expect(read('7bbd')).toBe(15_293)
    expect(read('25')).toBe(37)
    expect(read('4025')).toBe(37)
    expect(write(494_878_333)).toBe('9d7f3e7d')
    expect(write(15_293)).toBe('7bbd')
    expect(write(37)).toBe('25')
  })

  it('refuses the 62 bit value of RFC 9000, which JavaScript cannot hold', () => {
    expect(read('c2197c5eff14e88c')).toBe(-1)
  })

  it('ends at 2^53−1', () => {
    expect(write(MAX_VARINT)).toBe('c01fffffffffffff')
    expect(read('c01fffffffffffff')).toBe(MAX_VARINT)
    expect(read('c020000000000000')).toBe(-1)
  })

  it('changes size exactly at the bounds', () => {
    const bounds = [0, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, MAX_VARINT]
    expect(bounds.map(varintSize)).toEqual([1, 1, 2, 2, 4, 4, 8, 8])
    for (const value of bounds) expect(write(value).length / 2).toBe(varintSize(value))
  })

  it('reads back every value, one after another', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), values => {
        const out = new Uint8Array(values.length * 8)
        let at = 0
        for (const value of values) at = writeVarint(out, at, value)
        const reader = new VarintReader()
        reader.point(out, 0, at)
        expect(values.map(() => reader.read())).toEqual(values)
        expect(reader.at).toBe(at)
        expect(reader.read()).toBe(-1)
      }),
      { seed: 1 },
    )
  })

  it('writes lengths in a fixed form of two bytes', () => {
    for (const value of [0, 1, 63, 64, 255, 256, 16_383]) {
      const out = new Uint8Array(2)
      expect(writeVarint2(out, 0, value)).toBe(2)
      expect(read(toHex(out))).toBe(value)
    }
  })

  it('writes lengths in a fixed form of four bytes', () => {
    for (const value of [0, 63, 16_383, 16_384, 65_535, MAX_VARINT_4]) {
      const out = new Uint8Array(4)
      expect(writeVarint4(out, 0, value)).toBe(4)
      expect(read(toHex(out))).toBe(value)
    }
  })

  it('answers −1 for every truncation', () => {
    for (const value of [64, 16_384, 2 ** 30, MAX_VARINT]) {
      const hex = write(value)
      for (let cut = 0; cut < hex.length; cut += 2) expect(read(hex.slice(0, cut))).toBe(-1)
    }
  })

  it('stays within its bounds although the buffer goes on', () => {
    const reader = new VarintReader()
    reader.point(fromHex('ff4025ff'), 1, 2)
    expect(reader.read()).toBe(-1)
    reader.point(fromHex('ff4025ff'), 1, 3)
    expect(reader.read()).toBe(37)
  })
})
