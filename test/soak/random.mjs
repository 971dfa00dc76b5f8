// Seeded choices, and bytes that both ends of a stream can make by themselves.

/** A generator of numbers in [0, 1) that is the same for the same seed: mulberry32. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
  return {
    next,
    /** An integer from `least` to `most`. */
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: probability => next() < probability,
    pick: list => list[Math.floor(next() * list.length)],
    /** A size: mostly small, now and then up to `most`. */
    size: most => Math.floor(most ** next()),
    seed: () => Math.floor(next() * 0x1_0000_0000),
  }
}

/** The bytes of a seed: reader and writer make them in pieces of any size. */
export class Pattern {
  #state
  #word = 0
  #left = 0

  constructor(seed) {
    this.#state = seed >>> 0 || 1
  }

  /** The next `length` bytes. */
  take(length) {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) out[i] = this.#byte()
    return out
  }

  /** Whether `bytes` are the next ones. */
  matches(bytes) {
    let wrong = 0
    for (let i = 0; i < bytes.length; i++) wrong |= bytes[i] ^ this.#byte()
    return wrong === 0
  }

  #byte() {
    if (this.#left === 0) {
      // xorshift32
      let x = this.#state
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      this.#state = this.#word = x >>> 0
      this.#left = 4
    }
    this.#left--
    const byte = this.#word & 255
    this.#word >>>= 8
    return byte
  }
}
