import type { Random } from '../../ports/random.js'

/**
 * Seeded randomness: xoshiro128** (Blackman and Vigna), its state filled by splitmix-like mixing of a text. Good enough
 * for simulations, of no use for secrets. {@link SeededRandom.fork} gives independent sequences by label, so that one
 * more draw in one place changes nothing elsewhere.
 *
 * @example
 * ```ts
 * const random = new SeededRandom(7)
 * const latency = 10 + random.fork('latency').float() * 5
 * ```
 */
export class SeededRandom implements Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /** @param seed - equal seeds give equal sequences */
  constructor(readonly seed: string | number) {
    const state = spread(String(seed))
    this.a = state[0]
    this.b = state[1]
    this.c = state[2]
    this.d = state[3]
  }

  /** A sequence of its own, determined by the seed and the label alone, not by what was drawn before. */
  fork(label: string | number): SeededRandom {
    return new SeededRandom(`${this.seed}/${label}`)
  }

  /** The next 32 bits, unsigned. */
  next(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9)
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotate(this.d, 11)
    return result >>> 0
  }

  /** From 0 up to but not including 1. */
  float(): number {
    return this.next() / 0x1_0000_0000
  }

  /** A whole number from 0 up to but not including `below` (≤ 2^32). */
  int(below: number): number {
    return Math.floor(this.float() * below)
  }

  /** True with this probability. Draws nothing where the outcome is certain. */
  chance(probability: number): boolean {
    if (probability <= 0) return false
    return probability >= 1 || this.float() < probability
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[this.int(items.length)]
  }

  /** The items in another order; the given array stays as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      const held = out[i]
      out[i] = out[j]
      out[j] = held
    }
    return out
  }

  fill<T extends Uint8Array>(out: T): T {
    for (let i = 0; i < out.length; i += 4) {
      let word = this.next()
      for (let j = i; j < i + 4 && j < out.length; j++) {
        out[j] = word
        word >>>= 8
      }
    }
    return out
  }
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

/** Four words that depend on every character of the text; never all zero. */
function spread(text: string): Int32Array {
  const state = Int32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344)
  for (let i = 0; i < text.length + 8; i++) {
    const symbol = i < text.length ? text.charCodeAt(i) : text.length
    const j = i & 3
    let word = Math.imul(state[j] ^ symbol ^ state[(j + 3) & 3], 0x9e3779b1)
    word = Math.imul(word ^ (word >>> 15), 0x85ebca6b)
    state[j] = word ^ (word >>> 13)
  }
  if (state[0] === 0) state[0] = 1
  return state
}
