import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { fromBase32, fromHex, readUtf8, toBase32, toHex, utf8, utf8Length, writeUtf8 } from '../../src/core/text.js'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What the runtime's own strict decoder says. */
function reference(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

describe('UTF-8', () => {
  it('encodes like TextEncoder, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(0xffff)), (text, units) => {
        for (const each of [text, String.fromCharCode(...units)]) {
          const expected = new TextEncoder().encode(each)
          expect(utf8(each)).toEqual(expected)
          expect(utf8Length(each)).toBe(expected.length)
        }
      }),
      { seed: 1, numRuns: 500 },
    )
    for (const text of ['\ud800', '\udc00', 'a\ud83d', '\ud83d\ud83d\ude00', '\ude00\ud83d']) {
      expect(utf8(text)).toEqual(new TextEncoder().encode(text))
    }
  })

  it('writes at an offset and returns the one after', () => {
    const out = new Uint8Array(10).fill(9)
    expect(writeUtf8('aü€😀', out.subarray(0), 0)).toBe(10)
    expect(toHex(out)).toBe('61c3bce282acf09f9880')
    const other = new Uint8Array(5).fill(9)
    expect(writeUtf8('é', other, 2)).toBe(4)
    expect([...other]).toEqual([9, 9, 0xc3, 0xa9, 9])
  })

  it('decodes like a strict TextDecoder: random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), bytes => {
        expect(readUtf8(bytes, 0, bytes.length)).toBe(reference(bytes))
      }),
      { seed: 2, numRuns: 3000 },
    )
  })

  it('decodes like a strict TextDecoder: every start with every edge behind it', () => {
    const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
    for (let first = 0x80; first < 0x100; first++) {
      for (const second of edges) {
        for (const third of edges) {
          const bytes = new Uint8Array([first, second, third, 0x80])
          for (let to = 1; to <= 4; to++) {
            if (readUtf8(bytes, 0, to) !== reference(bytes.subarray(0, to))) {
              expect.fail(`differs on ${toHex(bytes.subarray(0, to))}`)
            }
          }
        }
      }
    }
  })

  it('reads only from and to', () => {
    const bytes = utf8('xäöx')
    expect(readUtf8(bytes, 1, 5)).toBe('äö')
    expect(readUtf8(bytes, 1, 4)).toBeUndefined()
    expect(readUtf8(bytes, 3, 3)).toBe('')
  })
})

describe('hexadecimal', () => {
  it('is what Buffer writes and reads back either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        const hex = toHex(bytes)
        expect(hex).toBe(Buffer.from(bytes).toString('hex'))
        expect(fromHex(hex)).toEqual(bytes)
        expect(fromHex(hex.toUpperCase())).toEqual(bytes)
      }),
      { seed: 3 },
    )
  })

  it('refuses everything else', () => {
    for (const text of ['a', 'abc', 'zz', '0x', ' 00', '0g', 'ä0']) {
      let caught: unknown
      try {
        fromHex(text)
      } catch (error) {
        caught = error
      }
      expect([text, isHyphaeError(caught, 'INVALID_ARGUMENT')]).toEqual([text, true])
    }
  })
})

describe('base32', () => {
  it('matches RFC 4648 §10, in lower case without padding', () => {
    const examples = {
      '': '',
      f: 'my',
      fo: 'mzxq',
      foo: 'mzxw6',
      foob: 'mzxw6yq',
      fooba: 'mzxw6ytb',
      foobar: 'mzxw6ytboi',
    }
    for (const [text, encoded] of Object.entries(examples)) {
      expect(toBase32(utf8(text))).toBe(encoded)
      expect(fromBase32(encoded)).toEqual(utf8(text))
    }
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(fromBase32(toBase32(bytes))).toEqual(bytes)
      }),
      { seed: 4 },
    )
  })

  it('has one spelling for each value: no other case, padding, impossible length or set padding bits', () => {
    for (const text of ['MY', 'my======', 'm', 'mzx', 'mzxw6y', 'mz', 'm1', 'm8', 'mä', 'my ']) {
      expect([text, fromBase32(text)]).toEqual([text, undefined])
    }
    const text = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'), maxLength: 20 })
    fc.assert(
      fc.property(text, each => {
        const bytes = fromBase32(each)
        if (bytes !== undefined) expect(toBase32(bytes)).toBe(each)
      }),
      { seed: 5, numRuns: 1000 },
    )
  })
})
