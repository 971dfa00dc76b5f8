/** A small repeatable generator: xorshift over 32 bits. */
export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = (seed ^ 0x9e37_79b9) >>> 0 || 1
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x >>> 0
    return this.state % Math.max(1, limit)
  }

  /** One of several. */
  of<T>(many: readonly T[]): T {
    return many[this.below(many.length)]
  }
}

/** Values at the edges of fields and of signs. */
const EDGES = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff]
const WORDS = [
  [0xff, 0xff],
  [0x00, 0x00],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
]
const MAX_BYTES = 8192

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))

type Change = (bytes: Uint8Array, dice: Dice, others: readonly Uint8Array[]) => Uint8Array

const CHANGES: readonly Change[] = [
  (bytes, dice) => set(bytes, dice.below(bytes.length), [dice.below(256)]),
  (bytes, dice) => set(bytes, dice.below(bytes.length), [dice.of(EDGES)]),
  (bytes, dice) => set(bytes, dice.below(bytes.length), dice.of(WORDS)),
  (bytes, dice) => {
    const at = dice.below(bytes.length)
    return set(bytes, at, [(bytes[at] ?? 0) ^ (1 << dice.below(8))])
  },
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length + 1)),
  (bytes, dice) => bytes.slice(dice.below(bytes.length + 1)),
  (bytes, dice) => {
    const at = dice.below(bytes.length + 1)
    return join(
      bytes.slice(0, at),
      Uint8Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)),
      bytes.slice(at),
    )
  },
  (bytes, dice) => {
    const from = dice.below(bytes.length)
    const to = from + 1 + dice.below(32)
    return join(bytes.slice(0, from), bytes.slice(to))
  },
  (bytes, dice) => {
    const from = dice.below(bytes.length)
    const piece = bytes.slice(from, from + 1 + dice.below(64))
    return join(bytes.slice(0, from), piece, piece, piece, bytes.slice(from))
  },
  (bytes, dice, others) => {
    const other = dice.of(others)
    return join(bytes.slice(0, dice.below(bytes.length + 1)), other.slice(dice.below(other.length + 1)))
  },
]

function set(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const changed = bytes.slice()
  values.forEach((value, i) => {
    if (at + i < changed.length) changed[at + i] = value
  })
  return changed
}

/** An input derived from one of the corpus by a few changes, or now and then one of random bytes. */
export function mutant(corpus: readonly Uint8Array[], dice: Dice): Uint8Array {
  if (dice.below(20) === 0) return Uint8Array.from({ length: dice.below(64) }, () => dice.below(256))
  let bytes = dice.of(corpus)
  for (let i = 1 + dice.below(4); i > 0; i--) bytes = dice.of(CHANGES)(bytes, dice, corpus)
  return bytes.length > MAX_BYTES ? bytes.slice(0, MAX_BYTES) : bytes
}
