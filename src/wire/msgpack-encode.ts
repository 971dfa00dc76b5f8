import { HyphaeError } from '../core/errors.js'
import { LIMITS } from '../core/limits.js'
import { utf8Length, writeUtf8 } from '../core/text.js'

/**
 * Encodes a value as msgpack, every length and integer in its shortest form, so that {@link decodeMsgpack} takes it.
 *
 * Text, numbers, bigints within 64 bits, booleans, null, Uint8Array, arrays and plain objects. Members whose value is
 * undefined are left out; undefined elsewhere becomes null. A lone surrogate becomes U+FFFD. Never sign a re-encoding:
 * sign the bytes received.
 *
 * @throws HyphaeError INVALID_ARGUMENT for anything else, nesting deeper than `LIMITS.maxDepth`, or a key `__proto__`
 * @example
 * ```ts
 * const body = encodeMsgpack({ hello: 'world', at: 1 })
 * ```
 */
export function encodeMsgpack(value: unknown): Uint8Array {
  const encoder = new Encoder()
  encoder.value(value, 0)
  return encoder.result()
}

const CHUNK_BYTES = 1024

/** Grows by doubling, so that large bodies are copied a constant number of times. */
class Encoder {
  #out = new Uint8Array(CHUNK_BYTES)
  #at = 0

  result(): Uint8Array {
    return this.#out.slice(0, this.#at)
  }

  value(value: unknown, depth: number): void {
    if (value === null || value === undefined) this.#byte(0xc0)
    else if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'boolean') this.#byte(value ? 0xc3 : 0xc2)
    else if (typeof value === 'bigint') this.#bigint(value)
    else if (typeof value === 'object') this.#composite(value, depth)
    else refuse(`a ${typeof value} cannot be encoded`)
  }

  #composite(value: object, depth: number): void {
    if (value instanceof Uint8Array) {
      this.#header(value.length, -1, 0, 0xc4)
      this.#room(value.length)
      this.#out.set(value, this.#at)
      this.#at += value.length
      return
    }
    if (depth >= LIMITS.maxDepth) refuse(`nested deeper than ${LIMITS.maxDepth}, or in a circle`)
    if (Array.isArray(value)) {
      this.#header(value.length, 0x90, 16, 0xdb)
      for (const item of value) this.value(item, depth + 1)
    } else this.#map(value, depth)
  }

  #map(value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      refuse('only plain objects, arrays and Uint8Array can be encoded')
    }
    const entries = Object.entries(value).filter(([, member]) => member !== undefined)
    this.#header(entries.length, 0x80, 16, 0xdd)
    for (const [key, member] of entries) {
      if (key === '__proto__') refuse('__proto__ cannot be a key')
      this.#text(key)
      this.value(member, depth + 1)
    }
  }

  #text(text: string): void {
    const length = utf8Length(text)
    this.#header(length, 0xa0, 32, 0xd9)
    this.#room(length)
    this.#at = writeUtf8(text, this.#out, this.#at)
  }

  /**
   * A length in its shortest form: in the type byte below `fixLimit`, else 1, 2 or 4 bytes after type `wide`, + 1, + 2.
   * Arrays and maps have no form of one byte, which `wide` accounts for.
   */
  #header(length: number, fix: number, fixLimit: number, wide: number): void {
    if (length < fixLimit) this.#byte(fix | length)
    else if (length < 0x100 && fixLimit !== 16) this.#bytes(wide, length, 1)
    else if (length < 0x10000) this.#bytes(wide + 1, length, 2)
    else this.#bytes(wide + 2, length, 4)
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#float(value)
    else if (value >= 0) this.#unsigned(value)
    else this.#negative(value)
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#byte(value)
    else if (value < 0x100) this.#bytes(0xcc, value, 1)
    else if (value < 0x10000) this.#bytes(0xcd, value, 2)
    else if (value < 0x1_0000_0000) this.#bytes(0xce, value, 4)
    else this.#wide(0xcf, Math.floor(value / 0x1_0000_0000), value)
  }

  #negative(value: number): void {
    if (value >= -32) this.#byte(value & 255)
    else if (value >= -0x80) this.#bytes(0xd0, value, 1)
    else if (value >= -0x8000) this.#bytes(0xd1, value, 2)
    else if (value >= -0x8000_0000) this.#bytes(0xd2, value, 4)
    else this.#wide(0xd3, Math.floor(value / 0x1_0000_0000), value)
  }

  #bigint(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) this.#number(Number(value))
    else if (value < -(2n ** 63n) || value >= 2n ** 64n) refuse('a bigint beyond 64 bits cannot be encoded')
    else
      this.#wide(value < 0n ? 0xd3 : 0xcf, Number(BigInt.asUintN(32, value >> 32n)), Number(BigInt.asUintN(32, value)))
  }

  #float(value: number): void {
    this.#room(9)
    this.#out[this.#at] = 0xcb
    new DataView(this.#out.buffer).setFloat64(this.#at + 1, value)
    this.#at += 9
  }

  #wide(type: number, high: number, low: number): void {
    this.#bytes(type, high, 4)
    this.#room(4)
    new DataView(this.#out.buffer).setUint32(this.#at, low)
    this.#at += 4
  }

  #bytes(type: number, value: number, size: 1 | 2 | 4): void {
    this.#room(5)
    this.#out[this.#at++] = type
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.#out[this.#at++] = value >>> shift
  }

  #byte(value: number): void {
    this.#room(1)
    this.#out[this.#at++] = value
  }

  #room(count: number): void {
    const needed = this.#at + count
    if (needed <= this.#out.length) return
    const grown = Math.max(needed, 2 * this.#out.length)
    const larger = new Uint8Array(grown)
    larger.set(this.#out)
    this.#out = larger
  }
}

function refuse(what: string): never {
  throw new HyphaeError('INVALID_ARGUMENT', what)
}
