/** When generations of a seen-set end. Both implementations ask it, so that they forget at the same call. */
export class Generations {
  /** Generations that ended because they were full before their time. */
  early = 0
  private startMs: number | undefined

  constructor(private readonly ttlMs: number) {}

  /**
   * How many generations to forget before anything is asked at this time: none, the old one, or both. A time before the
   * last one, or no number, ends nothing.
   */
  due(nowMs: number): 0 | 1 | 2 {
    this.startMs ??= nowMs
    const openMs = nowMs - this.startMs
    if (!(openMs >= this.ttlMs)) return 0
    this.startMs = nowMs
    // Into the young generation nothing came after its time was over: beyond twice that all of it is too old.
    return openMs >= 2 * this.ttlMs ? 2 : 1
  }

  /** The young generation is full and makes room now. */
  full(nowMs: number): void {
    this.early++
    this.startMs = nowMs
  }

  /** Everything was forgotten: the next call begins a generation. */
  clear(): void {
    this.startMs = undefined
  }
}
