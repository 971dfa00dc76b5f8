/** What one line of a trace says. */
export interface TraceEntry {
  /** Virtual time, ms. */
  readonly timeMs: number
  /** Name of the node it happened at. */
  readonly node: string
  /** What happened, such as `data`, `peer-connect`. */
  readonly event: string
  /** Details in words. */
  readonly detail: string
}

/**
 * A running hash over everything that happens in a simulation, and the last events in words. Two runs with the same seed
 * have the same hash; the first difference between two that have not is found by comparing recorded entries. The hash is
 * two 32-bit lanes of multiply-rotate mixing: quick, not cryptographic.
 */
export class Trace {
  /** Events hashed so far. */
  events = 0
  private low = 0x2545f491
  private high = 0x6c078965
  private readonly ring: TraceEntry[] = []
  private next = 0

  /** @param keep - entries kept for people; 0 keeps none and costs nothing */
  constructor(readonly keep: number) {}

  /** The hash so far, 16 hexadecimal digits. */
  hash(): string {
    let { low, high } = this
    low = finish(low ^ high)
    high = finish(high ^ Math.imul(low, 0x9e3779b1))
    return hex(high) + hex(low)
  }

  /** Begins an event: what, where and when. */
  event(code: number, node: number, timeMs: number): void {
    this.events++
    this.mix(code * 0x10000 + node)
    floats[0] = timeMs
    this.mix(words[0])
    this.mix(words[1])
  }

  /** Adds a whole number of up to 32 bits. */
  mix(value: number): void {
    const low = Math.imul(this.low ^ value, 0x85ebca6b)
    this.low = (low << 13) | (low >>> 19)
    this.high = Math.imul(this.high ^ (value + (low >>> 7)), 0xc2b2ae35) + 0x27d4eb2f
  }

  /** Adds bytes. */
  bytes(buffer: Uint8Array, from: number, to: number): void {
    this.mix(to - from)
    let at = from
    for (; at + 4 <= to; at += 4) this.mix(wordAt(buffer, at))
    let rest = 0
    for (; at < to; at++) rest = (rest << 8) | buffer[at]
    this.mix(rest)
  }

  /** Adds a text. */
  text(text: string): void {
    this.mix(text.length)
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i))
  }

  /** Whether entries are kept: build texts only then. */
  get keeps(): boolean {
    return this.keep > 0
  }

  /** Keeps an entry for people; it does not touch the hash. */
  note(timeMs: number, node: string, event: string, detail: string): void {
    if (this.keep === 0) return
    this.ring[this.next] = { timeMs, node, event, detail }
    this.next = (this.next + 1) % this.keep
  }

  /** The last entries, oldest first. */
  entries(): TraceEntry[] {
    if (this.ring.length < this.keep) return [...this.ring]
    return [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)]
  }
}

const floats = new Float64Array(1)
const words = new Uint32Array(floats.buffer)

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

function finish(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d)
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b)
  return value ^ (value >>> 16)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
