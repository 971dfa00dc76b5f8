import { type Aead, type AeadKey } from '../ports/kernels.js'
import type { HeldAeadKey, HoldingAead } from './key.js'

/** A clock in milliseconds for measuring; its start does not matter, fractions do. */
export type Stopwatch = () => number

/** From how many bytes on the native implementation is used when nothing can be measured. */
export const DEFAULT_NATIVE_FROM = 16_384

/** Below this a call into native code never pays anywhere; so short messages do not even ask. */
const SMALLEST_BYTES = 2048
/** Sizes tried, from short to long. */
const SIZES = [2048, 4096, 8192, 16_384, 32_768]
/** Runs a size: the best one counts, because noise only ever adds. */
const RUNS = 8
/** Runs before those, of the longest size: the first calls into either pay for being the first. */
const WARM_UP_RUNS = 12

/**
 * From how many bytes on a native AEAD beats the kernel: measured when the first message long enough comes, once.
 * Where the clock stands still during a computation (workerd) {@link DEFAULT_NATIVE_FROM} is used.
 */
export class Crossover {
  private measured: number | undefined

  constructor(
    private readonly near: Aead,
    private readonly far: Aead,
    private readonly stopwatch: Stopwatch | undefined,
  ) {}

  /** The measured number of bytes, `Infinity` where native never wins; undefined before the measurement. */
  get nativeFrom(): number | undefined {
    return this.measured
  }

  /** Whether a message of this length goes to the native implementation. */
  isNative(length: number): boolean {
    if (length < SMALLEST_BYTES) return false
    this.measured ??= this.measure()
    return length >= this.measured
  }

  private measure(): number {
    if (this.stopwatch === undefined) return DEFAULT_NATIVE_FROM
    const secret = new Uint8Array(32)
    const near = this.near.key(secret)
    const far = this.far.key(secret)
    const buffer = new Uint8Array((SIZES.at(-1) as number) + 16)
    let total = 0
    let nativeFrom = Infinity
    for (const key of [near, far]) best(key, buffer, buffer.length - 16, this.stopwatch, WARM_UP_RUNS)
    // From long to short: the crossover is the shortest size above which native always won.
    for (const size of [...SIZES].reverse()) {
      const nearMs = best(near, buffer, size, this.stopwatch)
      const farMs = best(far, buffer, size, this.stopwatch)
      total += nearMs + farMs
      if (farMs >= nearMs) break
      nativeFrom = size
    }
    near.free()
    far.free()
    return total > 0 ? nativeFrom : DEFAULT_NATIVE_FROM
  }
}

function best(key: AeadKey, buffer: Uint8Array, size: number, stopwatch: Stopwatch, runs = RUNS): number {
  const nonce = new Uint8Array(12)
  let bestMs = Infinity
  for (let run = 0; run < runs; run++) {
    const startMs = stopwatch()
    key.seal(nonce, buffer, 0, 0, buffer, 0, size)
    bestMs = Math.min(bestMs, stopwatch() - startMs)
  }
  return bestMs
}

/** An AEAD that hands long messages to a native implementation; both give the same bytes. */
export class ChoosingAead implements Aead {
  constructor(
    private readonly near: HoldingAead,
    private readonly far: Aead,
    private readonly crossover: Crossover,
  ) {}

  key(key: Uint8Array): AeadKey {
    return new ChoosingKey(this.near.key(key), this.far, this.crossover)
  }
}

class ChoosingKey implements AeadKey {
  private native: AeadKey | undefined

  constructor(
    private readonly near: HeldAeadKey,
    private readonly far: Aead,
    private readonly crossover: Crossover,
  ) {}

  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void {
    this.pick(to - from).seal(nonce, ad, adFrom, adTo, buffer, from, to)
  }

  open(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    return this.pick(to - from).open(nonce, ad, adFrom, adTo, buffer, from, to)
  }

  free(): void {
    this.near.free()
    this.native?.free()
    this.native = undefined
  }

  /** The native key is made when the first long message comes: most keys never see one. */
  private pick(length: number): AeadKey {
    if (!this.crossover.isNative(length)) return this.near
    return (this.native ??= this.far.key(this.near.reveal()))
  }
}
