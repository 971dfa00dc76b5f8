/**
 * Variable-length integers of QUIC (RFC 9000 §16): the two top bits of the first byte tell the size 1, 2, 4 or 8, the
 * rest is big-endian. Values end at 2^53−1 here, where JavaScript's integers end. Longer forms than needed are legal,
 * so a length may be written in a fixed form and patched later.
 */

/** Largest value that is written or accepted. */
export const MAX_VARINT = Number.MAX_SAFE_INTEGER
/** Largest value of the two-byte form. */
export const MAX_VARINT_2 = 0x3fff
/** Largest value of the four-byte form. */
export const MAX_VARINT_4 = 0x3fff_ffff
/** Bytes of the longest form. */
export const MAX_VARINT_BYTES = 8

const TWO_32 = 0x1_0000_0000

/** Bytes of the shortest form of a value from 0 to {@link MAX_VARINT}. */
export function varintSize(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x4000) return 2
  return value < 0x4000_0000 ? 4 : 8
}

/**
 * Writes a value in its shortest form and returns the offset after it. The caller has made room by {@link varintSize}
 * and keeps to safe integers ≥ 0.
 */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  if (value < 0x40) {
    out[at] = value
    return at + 1
  }
  if (value < 0x4000) return writeVarint2(out, at, value)
  if (value < 0x4000_0000) return writeVarint4(out, at, value)
  writeWord(out, at, Math.floor(value / TWO_32) | 0xc000_0000)
  return writeWord(out, at + 4, value % TWO_32)
}

/** Writes a value from 0 to {@link MAX_VARINT_2} in exactly two bytes and returns the offset after it. */
export function writeVarint2(out: Uint8Array, at: number, value: number): number {
  out[at] = 0x40 | (value >>> 8)
  out[at + 1] = value
  return at + 2
}

/** Writes a value from 0 to {@link MAX_VARINT_4} in exactly four bytes and returns the offset after it. */
export function writeVarint4(out: Uint8Array, at: number, value: number): number {
  return writeWord(out, at, value | 0x8000_0000)
}

/**
 * Reads varints one after another. One reader is kept and pointed at new bytes, so that parsing allocates nothing.
 *
 * @example
 * ```ts
 * reader.point(buffer, from, to)
 * const id = reader.read()
 * if (id < 0) return 'truncated'
 * ```
 */
export class VarintReader {
  /** The bytes being read. */
  buffer: Uint8Array = new Uint8Array(0)
  /** Offset of the next byte. */
  at = 0
  /** Offset after the last byte. */
  end = 0

  /** Begins to read `buffer` from `from` to `to`. */
  point(buffer: Uint8Array, from: number, to: number): void {
    this.buffer = buffer
    this.at = from
    this.end = to
  }

  /** The next value, or −1 where the bytes end too early or the value is above {@link MAX_VARINT}. */
  read(): number {
    const { buffer, at } = this
    if (at >= this.end) return -1
    const first = buffer[at]
    if (first < 0x40) {
      this.at = at + 1
      return first
    }
    const size = 1 << (first >>> 6)
    if (at + size > this.end) return -1
    this.at = at + size
    if (size === 2) return ((first & 0x3f) << 8) | buffer[at + 1]
    const high = (readWord(buffer, at) & 0x3fff_ffff) >>> 0
    if (size === 4) return high
    return high > 0x1f_ffff ? -1 : high * TWO_32 + readWord(buffer, at + 4)
  }
}

function writeWord(out: Uint8Array, at: number, word: number): number {
  out[at] = word >>> 24
  out[at + 1] = word >>> 16
  out[at + 2] = word >>> 8
  out[at + 3] = word
  return at + 4
}

function readWord(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] << 8) | bytes[at + 1]
  return high * 0x10000 + ((bytes[at + 2] << 8) | bytes[at + 3])
}
