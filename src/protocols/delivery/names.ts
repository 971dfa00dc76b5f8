import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8Length } from '../../core/text.js'
import { varintSize, writeVarint } from '../../wire/varint.js'
import { putText } from './messages.js'

/** A name stands here and gets no number. */
const LITERAL = 0
/** A name stands here and gets the next number. */
const DEFINE = 1
/** First number of a defined name. */
const FIRST = 2

/** Whether a name can be sent: 1 to 255 bytes of UTF-8. */
export function isName(name: string): boolean {
  // Three bytes are the most a UTF-16 unit can need, so that short names are not scanned.
  return name.length > 0 && (name.length * 3 <= LIMITS.maxNameBytes || utf8Length(name) <= LIMITS.maxNameBytes)
}

/**
 * The sender's half of a lane's name table: `0 | text`, `1 | text` (gets the next number), or the number of a former
 * name. Lives as long as the session.
 */
export class NameWriter {
  private readonly numbers = new Map<string, number>()
  private last = ''
  private lastNumber = 0

  /** Bytes that {@link NameWriter.put} will write. */
  size(name: string): number {
    const number = this.lookUp(name)
    return number === 0 ? 2 + utf8Length(name) : varintSize(number)
  }

  /** Writes the name or its number and returns the offset after it. */
  put(name: string, out: Uint8Array, at: number): number {
    const number = this.lookUp(name)
    if (number !== 0) return writeVarint(out, at, number)
    const full = this.numbers.size >= LIMITS.maxLaneNames
    out[at] = full ? LITERAL : DEFINE
    if (!full) this.numbers.set(name, FIRST + this.numbers.size)
    return putText(name, out, at + 1)
  }

  /** Forgets all numbers: a new session begins. */
  reset(): void {
    this.numbers.clear()
    this.lastNumber = 0
  }

  private lookUp(name: string): number {
    if (name === this.last && this.lastNumber !== 0) return this.lastNumber
    this.last = name
    return (this.lastNumber = this.numbers.get(name) ?? 0)
  }
}

/** The receiver's half. */
export class NameReader {
  private readonly names: string[] = []
  /** Offset after the name that was read last. */
  end = 0

  /** Reads a name in `bytes[at, end)`; undefined where the bytes are wrong, the number unknown or the table full. */
  read(bytes: Uint8Array, at: number, end: number): string | undefined {
    const first = at < end ? bytes[at] : LITERAL
    if (first <= DEFINE) return this.readText(bytes, at + 1, end, first === DEFINE)
    if (first < 0x40) {
      this.end = at + 1
      return this.names[first - FIRST]
    }
    // No number needs more than two bytes.
    if (first >= 0x80 || at + 2 > end) return undefined
    this.end = at + 2
    return this.names[(((first & 0x3f) << 8) | bytes[at + 1]) - FIRST]
  }

  /** Forgets all names: a new session begins. */
  reset(): void {
    this.names.length = 0
  }

  private readText(bytes: Uint8Array, at: number, end: number, define: boolean): string | undefined {
    if (at >= end) return undefined
    const to = at + 1 + bytes[at]
    if (to > end || to === at + 1) return undefined
    const name = readUtf8(bytes, at + 1, to)
    if (name === undefined || !define) {
      this.end = to
      return name
    }
    if (this.names.length >= LIMITS.maxLaneNames) return undefined
    this.end = to
    this.names.push(name)
    return name
  }
}
