import { decode, encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { isHyphaeError } from '../../src/core/errors.js'
import { LIMITS } from '../../src/core/limits.js'
import { fromHex, toHex } from '../../src/core/text.js'
import { decodeMsgpack, encodeMsgpack, type MsgpackReason } from '../../src/wire/msgpack.js'

const reasonOf = (bytes: Uint8Array): MsgpackReason | undefined => {
  const result = decodeMsgpack(bytes)
  return result.ok ? undefined : result.reason
}
const roundTrip = (value: unknown) => {
  const result = decodeMsgpack(encodeMsgpack(value))
  return result.ok ? result.value : result.reason
}

/** Everything that may be in a body, bigints apart. */
const values = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 300 }).map(bytes => Uint8Array.from(bytes)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value

describe('msgpack', () => {
  it('gives back what was encoded, and agrees with a second implementation in both directions', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = encodeMsgpack(value)
        expect(decodeMsgpack(bytes)).toEqual({ ok: true, value })
        expect(decode(bytes)).toEqual(value)
        expect(decodeMsgpack(encode(value))).toEqual({ ok: true, value })
      }),
      { seed: 20260801, numRuns: 400 },
    )
  })

  it('keeps integers exact to 64 bits and in their shortest form', () => {
    const cases: [number | bigint, string][] = [
      [0, '00'], [127, '7f'], [128, 'cc80'], [255, 'ccff'], [256, 'cd0100'], [65535, 'cdffff'], [65536, 'ce00010000'],
      [4294967295, 'ceffffffff'], [4294967296, 'cf0000000100000000'], [Number.MAX_SAFE_INTEGER, 'cf001fffffffffffff'],
      [2n ** 53n, 'cf0020000000000000'], [2n ** 64n - 1n, 'cfffffffffffffffff'], [-1, 'ff'], [-32, 'e0'], [-33, 'd0df'],
      [-128, 'd080'], [-129, 'd1ff7f'], [-32768, 'd18000'], [-32769, 'd2ffff7fff'], [-2147483648, 'd280000000'],
      [-2147483649, 'd3ffffffff7fffffff'], [Number.MIN_SAFE_INTEGER, 'd3ffe0000000000001'], [-(2n ** 53n), 'd3ffe0000000000000'],
      [-(2n ** 63n), 'd38000000000000000'],
    ] // prettier-ignore
    for (const [value, expected] of cases) {
      expect(toHex(encodeMsgpack(value)), String(value)).toBe(expected)
      expect(roundTrip(value)).toBe(value)
    }
    expect(roundTrip(5n)).toBe(5)
    expect(roundTrip(-0)).toBe(-0)
    expect(roundTrip(NaN)).toBe(NaN)
    expect(roundTrip(1.5)).toBe(1.5)
    expect(decodeMsgpack(fromHex('ca3fc00000'))).toEqual({ ok: true, value: 1.5 })
  })

  it('refuses every integer and length that has a shorter form', () => {
    const long = [
      'cc7f',
      'cd00ff',
      'ce0000ffff',
      'cf00000000ffffffff',
      'd000',
      'd07f',
      'd0e0',
      'd1ff80',
      'd10001',
      'd2ffff8000',
    ]
    long.push('d300000000ffffffff', 'd3ffffffff80000000', 'd9' + '1f' + '61'.repeat(31), 'da00ff' + '61'.repeat(255))
    long.push('c50001aa', 'c600000001aa', 'dc000101', 'dd0000000101', 'de0001a16101', 'df00000001a16101')
    long.push('db0000ffff' + '61'.repeat(65535))
    for (const bytes of long) expect(reasonOf(fromHex(bytes)), bytes.slice(0, 20)).toBe('not-minimal')
  })

  it('takes lengths at each border of their headers', () => {
    for (const length of [0, 31, 32, 255, 256, 65535, 65536]) {
      expect(roundTrip('x'.repeat(length))).toBe('x'.repeat(length))
      expect(roundTrip(new Uint8Array(length))).toEqual(new Uint8Array(length))
      expect(roundTrip(Array.from({ length }, () => 1))).toEqual(Array.from({ length }, () => 1))
    }
    for (const length of [15, 16, 65535, 65536]) {
      const map = Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]))
      expect(roundTrip(map)).toEqual(map)
      expect(decode(encodeMsgpack(map))).toEqual(map)
    }
  })

  it('[§6.40] refuses duplicate keys, however they are spelt, and keys that are no text', () => {
    expect(reasonOf(fromHex('82a16101a16102'))).toBe('duplicate-key')
    expect(reasonOf(fromHex('82a16101d9016102'))).toBe('not-minimal')
    for (const key of ['01', 'c0', 'c3', 'cb7ff8000000000000', 'c401aa', '90']) {
      expect(reasonOf(fromHex(`81${key}01`)), key).toMatch(/key|depth/)
    }
    expect(decodeMsgpack(fromHex('81a0a0'))).toEqual({ ok: true, value: { '': '' } })
  })

  it('[§6.40] refuses __proto__ and takes other names of Object.prototype as plain members', () => {
    const evil = concat(fromHex('81a9'), new TextEncoder().encode('__proto__'), fromHex('81a16101'))
    expect(reasonOf(evil)).toBe('key')
    const value = { constructor: 1, toString: 'x', hasOwnProperty: null }
    expect(roundTrip(value)).toEqual(value)
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  it('[§6.40] refuses a depth bomb one past the limit, and one of a million levels at once', () => {
    const nested = (depth: number, byte: number) => concat(new Uint8Array(depth).fill(byte), Uint8Array.of(0xc0))
    expect(reasonOf(nested(LIMITS.maxDepth, 0x91))).toBeUndefined()
    expect(reasonOf(nested(LIMITS.maxDepth + 1, 0x91))).toBe('depth')
    expect(reasonOf(nested(1_000_000, 0x91))).toBe('depth')
    const maps = fromHex('81a161'.repeat(LIMITS.maxDepth + 1) + 'c0')
    expect(reasonOf(maps)).toBe('depth')
    expect(reasonOf(maps.subarray(3))).toBeUndefined()
  })

  it('[§6.40] a length of 4 GiB is refused before anything is made from it', () => {
    const before = process.memoryUsage().arrayBuffers
    for (const type of ['c6', 'db', 'dd', 'df']) {
      for (let i = 0; i < 1000; i++) expect(reasonOf(fromHex(`${type}ffffffff00`))).toBe('length')
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    expect(reasonOf(fromHex('dc0010' + '01'.repeat(15)))).toBe('length')
    expect(reasonOf(fromHex('92c0'))).toBe('length')
  })

  it('[§6.40] counts items, so that small bytes cannot become many objects', () => {
    const million = concat(fromHex('dd000f4240'), new Uint8Array(1_000_000).fill(0x90))
    expect(reasonOf(million)).toBe('items')
    const bounds = { maxItems: 4 }
    expect(decodeMsgpack(fromHex('93010203'), 0, 4, bounds).ok).toBe(true)
    expect(decodeMsgpack(fromHex('9401020304'), 0, 5, bounds)).toMatchObject({ reason: 'items' })
    expect(decodeMsgpack(fromHex('9191c0'), 0, 3, { maxDepth: 1 })).toMatchObject({ reason: 'depth' })
  })

  it('refuses invalid UTF-8, extensions, unused types, truncation and what is left over', () => {
    for (const text of ['c080', 'eda080', 'f4908080', '80', 'c3']) {
      const bytes = fromHex(text)
      expect(reasonOf(concat(Uint8Array.of(0xa0 | bytes.length), bytes)), text).toBe('utf8')
    }
    for (const bytes of ['c1', 'd4ff00', 'd6ff00000000', 'c70100aa', 'd8000000000000000000000000000000000000']) {
      expect(reasonOf(fromHex(bytes)), bytes).toBe('extension')
    }
    for (const bytes of ['', 'cc', 'cd01', 'cb00', 'd9', 'c5ff'])
      expect(reasonOf(fromHex(bytes)), bytes).toBe('truncated')
    expect(reasonOf(fromHex('c0c0'))).toBe('trailing-bytes')
    expect(decodeMsgpack(fromHex('ffc0ff'), 1, 2)).toEqual({ ok: true, value: null })
  })

  it('never throws and never reads past its end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const alone = decodeMsgpack(bytes)
        const inside = decodeMsgpack(concat(Uint8Array.of(0x93), bytes, Uint8Array.of(1, 2)), 1, 1 + bytes.length)
        expect(inside).toEqual(alone)
      }),
      { seed: 20260802, numRuns: 3000 },
    )
  })

  it('says what cannot be encoded', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const evil = JSON.parse('{"__proto__": 1}') as unknown
    for (const value of [() => 1, Symbol('x'), new Map(), new Date(0), 2n ** 64n, -(2n ** 63n) - 1n, circle, evil]) {
      let error: unknown
      try {
        encodeMsgpack(value)
      } catch (caught) {
        error = caught
      }
      expect(isHyphaeError(error, 'INVALID_ARGUMENT')).toBe(true)
    }
    expect(roundTrip({ a: undefined, b: [undefined] })).toEqual({ b: [null] })
    expect(roundTrip(undefined)).toBe(null)
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 })
  })

  it('copies binary values out of the buffer they came in', () => {
    const bytes = encodeMsgpack(Uint8Array.of(1, 2, 3))
    const result = decodeMsgpack(bytes)
    bytes.fill(0)
    expect(result).toEqual({ ok: true, value: Uint8Array.of(1, 2, 3) })
  })
})
