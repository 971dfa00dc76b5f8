/**
 * A quick non-cryptographic sponge of 128 bits: absorbs words, gives as many as wanted. Every step is a bijection of its
 * lane, so any change of a single word changes the result. It keeps nothing secret and resists no attacker: for
 * simulations only.
 */
export class Mixer {
  private a = 0
  private b = 0
  private c = 0
  private d = 0
  private turn = 0

  /** Starts anew under four words. */
  begin(a: number, b: number, c: number, d: number): this {
    this.a = a ^ 0x243f6a88
    this.b = b ^ 0x13198a2e
    this.c = c ^ 0x3707344a
    this.d = d ^ 0x299f31d0
    this.turn = 0
    return this
  }

  /** Takes in a 32-bit word. */
  word(value: number): void {
    let lane = Math.imul(this.a ^ value, 0x85ebca6b)
    lane = (lane << 15) | (lane >>> 17)
    this.a = this.b
    this.b = this.c
    this.c = this.d
    this.d = Math.imul(lane, 0xc2b2ae35) + ++this.turn
  }

  /** Takes in bytes and their number. */
  bytes(buffer: Uint8Array, from: number, to: number): this {
    let at = from
    for (; at + 4 <= to; at += 4) this.word(littleEndian(buffer, at))
    let rest = 0
    for (; at < to; at++) rest = (rest << 8) | buffer[at]
    this.word(rest)
    this.word(to - from)
    return this
  }

  /** Takes in a text. */
  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i))
    this.word(text.length)
    return this
  }

  /** Ends absorbing: every bit of the state now depends on every other. */
  finish(): this {
    for (let i = 0; i < 8; i++) this.word(this.b ^ Math.imul(this.c, 0x9e3779b1))
    return this
  }

  /** The next word of output, after {@link Mixer.finish}. */
  squeeze(): number {
    this.word(0x9e3779b1)
    let out = this.d ^ this.b
    out = Math.imul(out ^ (out >>> 16), 0x7feb352d)
    return out ^ (out >>> 15)
  }

  /** The state as 16 bytes, after {@link Mixer.finish}: no two states have the same. */
  state(out: Uint8Array, at: number): void {
    putWord(out, at, this.a)
    putWord(out, at + 4, this.b)
    putWord(out, at + 8, this.c)
    putWord(out, at + 12, this.d)
  }

  /** Fills an array with output. */
  fill<T extends Uint8Array>(out: T): T {
    for (let at = 0; at < out.length; at += 4) {
      let word = this.squeeze()
      for (let i = at; i < at + 4 && i < out.length; i++) {
        out[i] = word
        word >>>= 8
      }
    }
    return out
  }
}

/** Little-endian word at an offset. */
export function littleEndian(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

/** Writes a little-endian word. */
export function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}
