import { type Aead, type AeadKey } from '../ports/kernels.js'
import { type HeldAeadKey, type HoldingAead, NONCE_BYTES, TAG_BYTES } from './key.js'

/** A clock in milliseconds for measuring; its start does not matter, fractions do. */
export type Stopwatch = () => number

/** From how many bytes on the native implementation is used when nothing can be measured. */
export const DEFAULT_NATIVE_FROM = 16_384

/** Below this a call into native code never pays anywhere; so short messages do not even ask. */
const SMALLEST_BYTES = 2048
/** Sizes tried, from short to long. */
const SIZES = [2048, 4096, 8192, 16_384, 32_768]
/** Rounds a size, in which both sides take turns; the median counts. Odd. */
const ROUNDS = 7
/**
 * Bytes that a side seals in one turn. Several messages in a row, because a native cipher returns fresh buffers: what
 * allocating and freeing them costs, which differs by half from process to process, comes with some of its calls only.
 */
const TURN_BYTES = 65_536
/** The share of the kernel's time that native must stay below: a tie is no reason to allocate. */
const MARGIN = 0.95
/** Messages of the longest size before those: the first calls into either pay for being the first. */
const WARM_UP_RUNS = 12

/**
 * Numbers of long messages before which it is measured: with the first one the process is young, its allocator cold and
 * native calls not yet compiled, and a verdict of that moment would stay for days.
 */
const MEASURED_BEFORE = [0, 64, 1024, 16_384]

/**
 * From how many bytes on a native AEAD beats the kernel: measured when the first message long enough comes, and again a few
 * times when the process has warmed up. Where the clock stands still during a computation (workerd) {@link DEFAULT_NATIVE_FROM} is used.
 */
export class Crossover {
  private measured = DEFAULT_NATIVE_FROM
  private measurements = 0
  private messages = 0

  constructor(
    private readonly near: Aead,
    private readonly far: Aead,
    private readonly stopwatch: Stopwatch | undefined,
  ) {}

  /** The measured number of bytes, `Infinity` where native never wins; undefined before the measurement. */
  get nativeFrom(): number | undefined {
    return this.measurements > 0 ? this.measured : undefined
  }

  /** Whether a message of this length goes to the native implementation. */
  isNative(length: number): boolean {
    if (length < SMALLEST_BYTES) return false
    if (this.messages++ === MEASURED_BEFORE[this.measurements]) {
      this.measurements++
      this.measured = this.measure()
    }
    return length >= this.measured
  }

  private measure(): number {
    if (this.stopwatch === undefined) return DEFAULT_NATIVE_FROM
    const secret = new Uint8Array(32)
    const near = this.near.key(secret)
    const far = this.far.key(secret)
    const buffer = new Uint8Array((SIZES.at(-1) as number) + TAG_BYTES)
    let totalMs = 0
    let nativeFrom = Infinity
    for (const key of [near, far]) sealSome(key, buffer, buffer.length - TAG_BYTES, WARM_UP_RUNS)
    // From long to short: the crossover is the shortest size above which native always won.
    for (const size of [...SIZES].reverse()) {
      const { nearMs, farMs } = contest(near, far, buffer, size, this.stopwatch)
      totalMs += nearMs + farMs
      if (farMs >= nearMs * MARGIN) break
      nativeFrom = size
    }
    near.free()
    far.free()
    return totalMs > 0 ? nativeFrom : DEFAULT_NATIVE_FROM
  }
}

/** Median times of a turn of both sides, which take turns so that a noisy moment hits both. */
function contest(
  near: AeadKey,
  far: AeadKey,
  buffer: Uint8Array,
  size: number,
  stopwatch: Stopwatch,
): { nearMs: number; farMs: number } {
  const calls = TURN_BYTES / size
  const turn = (key: AeadKey): number => {
    const startMs = stopwatch()
    sealSome(key, buffer, size, calls)
    return stopwatch() - startMs
  }
  const nearMs: number[] = []
  const farMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    nearMs.push(turn(near))
    farMs.push(turn(far))
  }
  return { nearMs: median(nearMs), farMs: median(farMs) }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]

function sealSome(key: AeadKey, buffer: Uint8Array, size: number, calls: number): void {
  const nonce = new Uint8Array(NONCE_BYTES)
  for (let i = 0; i < calls; i++) key.seal(nonce, buffer, 0, 0, buffer, 0, size)
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

  // One by one, as in WasmAeadKey: no array a message.
  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    source: Uint8Array,
    from: number,
    to: number,
    target = source,
    at = from,
  ): void {
    this.pick(to - from).seal(nonce, ad, adFrom, adTo, source, from, to, target, at)
  }

  open(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    source: Uint8Array,
    from: number,
    to: number,
    target = source,
    at = from,
  ): boolean {
    return this.pick(to - from).open(nonce, ad, adFrom, adTo, source, from, to, target, at)
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
