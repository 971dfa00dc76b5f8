/** Measurements of which the last ones count: percentiles of a bounded window, and the exact extremes and mean of all. */
export class Samples {
  private readonly ring: Float64Array
  private total = 0
  private sum = 0
  private least = Infinity
  private greatest = -Infinity

  /** @param bound - measurements kept for percentiles */
  constructor(bound = 4096) {
    this.ring = new Float64Array(bound)
  }

  /** How many there were. */
  get count(): number {
    return this.total
  }

  /** Adds one. */
  add(value: number): void {
    this.ring[this.total % this.ring.length] = value
    this.total++
    this.sum += value
    if (value < this.least) this.least = value
    if (value > this.greatest) this.greatest = value
  }

  /** The smallest value that `share` (0–1) of the kept ones do not exceed (nearest rank); undefined without any. */
  percentile(share: number): number | undefined {
    const kept = Math.min(this.total, this.ring.length)
    if (kept === 0) return undefined
    const sorted = this.ring.slice(0, kept).sort()
    return sorted[Math.max(0, Math.ceil(share * kept) - 1)]
  }

  /** What is told of them; undefined without any. */
  summary(): { count: number; min: number; avg: number; max: number; p50: number; p99: number } | undefined {
    if (this.total === 0) return undefined
    return {
      count: this.total,
      min: this.least,
      avg: this.sum / this.total,
      max: this.greatest,
      p50: this.percentile(0.5) as number,
      p99: this.percentile(0.99) as number,
    }
  }
}
