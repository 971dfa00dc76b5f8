import { HyphaeError } from './errors.js'

/** Length of a string in UTF-8. A lone surrogate counts as U+FFFD, as it is encoded. */
export function utf8Length(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) length += 1
    else if (code < 0x800) length += 2
    else if (isPair(text, i, code)) {
      length += 4
      i++
    } else length += 3
  }
  return length
}

/** Writes a string as UTF-8 at `at` and returns the offset after it; the caller has made room by {@link utf8Length}. */
export function writeUtf8(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      out[at++] = code
      continue
    }
    if (isPair(text, i, code)) code = 0x10000 + ((code - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00)
    else if (code >= 0xd800 && code < 0xe000) code = 0xfffd
    at = writeWide(code, out, at)
  }
  return at
}

/** A string as UTF-8. TextEncoder does not exist in the pure layers. */
export function utf8(text: string): Uint8Array {
  const out = new Uint8Array(utf8Length(text))
  writeUtf8(text, out, 0)
  return out
}

/**
 * Decodes strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 * Returns undefined where the bytes are not that.
 */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = ''
  let at = from
  while (at < to) {
    const first = bytes[at]
    if (first < 0x80) {
      text += String.fromCharCode(first)
      at++
      continue
    }
    const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    const code = readWide(bytes, at, to, first, size)
    if (code < 0) return undefined
    text += String.fromCodePoint(code)
    at += size
  }
  return text
}

const HEX = '0123456789abcdef'

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  const codes = new Uint8Array(2 * bytes.length)
  let at = 0
  for (const byte of bytes) {
    codes[at++] = HEX.charCodeAt(byte >>> 4)
    codes[at++] = HEX.charCodeAt(byte & 15)
  }
  return ofCodes(codes)
}

/** One flat string. What is joined by `+` stays a tree of its pieces, many times as large, for as long as it is a map's key. */
function ofCodes(codes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < codes.length; at += CODES_AT_ONCE) {
    text += String.fromCharCode(...codes.subarray(at, at + CODES_AT_ONCE))
  }
  return text
}

/** Arguments of one call that every engine takes. */
const CODES_AT_ONCE = 4096

/**
 * Reads hexadecimal of either case.
 * @throws HyphaeError INVALID_ARGUMENT where the text is anything else.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new HyphaeError('INVALID_ARGUMENT', 'not hexadecimal')
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32, lower case, no padding. */
export function toBase32(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 8) / 5))
  let at = 0
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      codes[at++] = BASE32.charCodeAt((held >>> bits) & 31)
    }
  }
  if (bits > 0) codes[at] = BASE32.charCodeAt((held << (5 - bits)) & 31)
  return ofCodes(codes)
}

/** Reads what {@link toBase32} writes; undefined for other characters, impossible lengths or set padding bits. */
export function fromBase32(text: string): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor((text.length * 5) / 8))
  let held = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = BASE32.indexOf(text.charAt(i))
    if (value < 0) return undefined
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out[at++] = held >>> bits
    }
  }
  if (bits >= 5 || (held & ((1 << bits) - 1)) !== 0) return undefined
  return out
}

function isPair(text: string, i: number, code: number): boolean {
  if (code < 0xd800 || code >= 0xdc00 || i + 1 >= text.length) return false
  const next = text.charCodeAt(i + 1)
  return next >= 0xdc00 && next < 0xe000
}

function writeWide(code: number, out: Uint8Array, at: number): number {
  if (code < 0x800) out[at++] = 0xc0 | (code >>> 6)
  else {
    if (code < 0x10000) out[at++] = 0xe0 | (code >>> 12)
    else {
      out[at++] = 0xf0 | (code >>> 18)
      out[at++] = 0x80 | ((code >>> 12) & 63)
    }
    out[at++] = 0x80 | ((code >>> 6) & 63)
  }
  out[at++] = 0x80 | (code & 63)
  return at
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000]

function readWide(bytes: Uint8Array, at: number, to: number, first: number, size: number): number {
  if (first < 0xc2 || first > 0xf4 || at + size > to) return -1
  let code = first & (0xff >>> (size + 1))
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i]
    if ((next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 63)
  }
  const surrogate = code >= 0xd800 && code < 0xe000
  return code < SMALLEST[size] || code > 0x10ffff || surrogate ? -1 : code
}
