import { readU16, readU32 } from '../core/bytes.js'
import { LIMITS } from '../core/limits.js'
import { readUtf8 } from '../core/text.js'

/** What a msgpack message can hold here. Maps have text keys; integers beyond 2^53 − 1 are bigints. */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly MsgpackValue[]
  | { readonly [key: string]: MsgpackValue }

/** Why bytes were refused; stable words for logs and tests. */
export type MsgpackReason =
  | 'truncated'
  | 'trailing-bytes'
  | 'length'
  | 'not-minimal'
  | 'depth'
  | 'items'
  | 'key'
  | 'duplicate-key'
  | 'utf8'
  | 'extension'

/** Result of {@link decodeMsgpack}. */
export type MsgpackOutcome =
  | { readonly ok: true; readonly value: MsgpackValue }
  | { readonly ok: false; readonly code: 'MALFORMED'; readonly reason: MsgpackReason }

/** Bounds of a decoding. */
export interface MsgpackBounds {
  /** Nesting of arrays and maps. Default `LIMITS.maxDepth`. */
  readonly maxDepth?: number
  /** Values and keys in all. Default `LIMITS.maxMsgpackItems`. */
  readonly maxItems?: number
}

/**
 * Decodes the one msgpack value at `bytes[from, to)`, strictly: nothing but text keys, no key twice, no `__proto__`, every
 * length and integer in its shortest form, strict UTF-8, no extension types, no bytes left over. A length is held against
 * the bytes that are there before anything is made from it, so memory stays proportional to the input.
 *
 * Binary values are copies. Never throws.
 *
 * @example
 * ```ts
 * const result = decodeMsgpack(body, 0, body.length)
 * if (result.ok) use(result.value)
 * ```
 */
export function decodeMsgpack(
  bytes: Uint8Array,
  from = 0,
  to = bytes.length,
  bounds: MsgpackBounds = {},
): MsgpackOutcome {
  const decoder = new Decoder(bytes, from, to, bounds)
  const value = decoder.value(0)
  if (decoder.failure === undefined && decoder.at !== to) decoder.fail('trailing-bytes')
  if (decoder.failure !== undefined) return { ok: false, code: 'MALFORMED', reason: decoder.failure }
  return { ok: true, value }
}

/** Smallest length that needs a field of four bytes. */
const MIN_WIDE = 0x10000
/** High word of the smallest integer above 2^53 − 1. */
const SAFE_HIGH = 0x200000

/** One pass over the bytes. After a failure values are null and reading stops at the next step. */
class Decoder {
  at: number
  failure: MsgpackReason | undefined
  readonly #bytes: Uint8Array
  readonly #to: number
  readonly #maxDepth: number
  #items: number

  constructor(bytes: Uint8Array, from: number, to: number, bounds: MsgpackBounds) {
    this.at = from
    this.#bytes = bytes
    this.#to = to
    this.#maxDepth = bounds.maxDepth ?? LIMITS.maxDepth
    this.#items = bounds.maxItems ?? LIMITS.maxMsgpackItems
  }

  fail(reason: MsgpackReason): null {
    this.failure ??= reason
    return null
  }

  value(depth: number): MsgpackValue {
    if (!this.#take(1)) return null
    if (--this.#items < 0) return this.fail('items')
    const type = this.#bytes[this.at - 1]
    if (type < 0x80) return type
    if (type < 0x90) return this.#map(type & 15, depth)
    if (type < 0xa0) return this.#array(type & 15, depth)
    if (type < 0xc0) return this.#text(type & 31)
    if (type >= 0xe0) return type - 0x100
    return this.#tagged(type, depth)
  }

  #tagged(type: number, depth: number): MsgpackValue {
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#length(type - 0xc4, 0))
      case 0xca:
      case 0xcb:
        return this.#float(type === 0xca ? 4 : 8)
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(type - 0xd9, 32))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#length(type - 0xdb, 16), depth)
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(type - 0xdd, 16), depth)
      default:
        return type >= 0xcc && type <= 0xd3 ? this.#integer(type) : this.fail('extension')
    }
  }

  /** Moves on by `count` bytes if they are there. */
  #take(count: number): boolean {
    if (this.failure !== undefined) return false
    if (this.#to - this.at < count) {
      this.fail('truncated')
      return false
    }
    this.at += count
    return true
  }

  /** A length of 1, 2 or 4 bytes (width 0, 1, 2) that a shorter header could not have carried. */
  #length(width: number, smallest: number): number {
    const size = 1 << width
    if (!this.#take(size)) return 0
    const at = this.at - size
    const length = width === 0 ? this.#bytes[at] : width === 1 ? readU16(this.#bytes, at) : readU32(this.#bytes, at)
    const least = width === 2 ? MIN_WIDE : width === 1 && smallest !== 16 ? 0x100 : smallest
    if (length < least) this.fail('not-minimal')
    return length
  }

  #text(length: number): string | null {
    if (this.#to - this.at < length) return this.fail('length')
    if (!this.#take(length)) return null
    return readUtf8(this.#bytes, this.at - length, this.at) ?? this.fail('utf8')
  }

  #binary(length: number): Uint8Array | null {
    if (this.#to - this.at < length) return this.fail('length')
    return this.#take(length) ? this.#bytes.slice(this.at - length, this.at) : null
  }

  #array(count: number, depth: number): MsgpackValue {
    // Each item takes at least a byte: a count beyond what is left is a lie.
    if (!this.#enter(count, depth)) return null
    const items: MsgpackValue[] = []
    for (let i = 0; i < count && this.failure === undefined; i++) items.push(this.value(depth + 1))
    return items
  }

  #map(count: number, depth: number): MsgpackValue {
    if (!this.#enter(2 * count, depth)) return null
    const map: Record<string, MsgpackValue> = {}
    for (let i = 0; i < count && this.failure === undefined; i++) {
      const key = this.value(this.#maxDepth)
      if (this.failure !== undefined) return null
      if (typeof key !== 'string' || key === '__proto__') return this.fail('key')
      if (Object.hasOwn(map, key)) return this.fail('duplicate-key')
      map[key] = this.value(depth + 1)
    }
    return map
  }

  #enter(least: number, depth: number): boolean {
    if (this.failure !== undefined) return false
    if (depth >= this.#maxDepth) this.fail('depth')
    else if (least > this.#to - this.at) this.fail('length')
    else if (least > this.#items) this.fail('items')
    return this.failure === undefined
  }

  #float(size: 4 | 8): number | null {
    if (!this.#take(size)) return null
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at - size, size)
    return size === 4 ? view.getFloat32(0) : view.getFloat64(0)
  }

  #integer(type: number): number | bigint | null {
    const signed = type >= 0xd0
    const width = (type - 0xcc) & 3
    const size = 1 << width
    if (!this.#take(size)) return null
    const at = this.at - size
    if (width === 3) return signed ? this.#int64(at) : this.#uint64(at)
    const raw = width === 0 ? this.#bytes[at] : width === 1 ? readU16(this.#bytes, at) : readU32(this.#bytes, at)
    const bits = 8 * size
    if (!signed) return raw >= UNSIGNED_LEAST[width] ? raw : this.fail('not-minimal')
    const value = raw - 2 ** bits
    // Signed headers are for negative numbers only: the others fit an unsigned one.
    return raw >= 2 ** (bits - 1) && value < SIGNED_MOST[width] ? value : this.fail('not-minimal')
  }

  #uint64(at: number): number | bigint | null {
    const high = readU32(this.#bytes, at)
    const low = readU32(this.#bytes, at + 4)
    if (high === 0) return this.fail('not-minimal')
    return high < SAFE_HIGH ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)
  }

  #int64(at: number): number | bigint | null {
    const high = readU32(this.#bytes, at) | 0
    const low = readU32(this.#bytes, at + 4)
    if (high >= 0 || (high === -1 && low >= 0x8000_0000)) return this.fail('not-minimal')
    const value = high * 0x1_0000_0000 + low
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low)
  }
}

/** Smallest value that needs an unsigned header of 1, 2 and 4 bytes. */
const UNSIGNED_LEAST = [0x80, 0x100, 0x10000]
/** A negative number below this needs a signed header of 1, 2 and 4 bytes. */
const SIGNED_MOST = [-32, -0x80, -0x8000]
