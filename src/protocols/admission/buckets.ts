import type { Rate } from './config.js'

interface Bucket {
  tokens: number
  atMs: number
}

/**
 * Token buckets by key, a bounded number of them: the longest unused is forgotten first, which is the one that has had
 * most time to fill up again and so the one that loses least.
 */
export class BucketTable {
  /** In the order of last use: a map keeps the order of insertion, and use inserts anew. */
  private readonly buckets = new Map<string, Bucket>()

  constructor(private readonly maxEntries: number) {}

  /** Keys held. */
  get size(): number {
    return this.buckets.size
  }

  /** Milliseconds until `cost` tokens are there, 0 for now. More than the burst counts as the burst. Takes nothing. */
  waitMs(key: string, rate: Rate, cost: number, nowMs: number): number {
    const bucket = this.buckets.get(key)
    if (bucket === undefined) return 0
    const lacking = Math.min(cost, rate.burst) - filled(bucket, rate, nowMs)
    return lacking <= 0 ? 0 : Math.ceil((lacking * 1000) / rate.perSecond)
  }

  /** Takes tokens, into debt if need be. */
  take(key: string, rate: Rate, cost: number, nowMs: number): void {
    const bucket = this.buckets.get(key)
    if (bucket === undefined) {
      if (this.buckets.size >= this.maxEntries) this.forgetOldest()
      this.buckets.set(key, { tokens: rate.burst - cost, atMs: nowMs })
      return
    }
    bucket.tokens = filled(bucket, rate, nowMs) - cost
    bucket.atMs = nowMs
    this.buckets.delete(key)
    this.buckets.set(key, bucket)
  }

  private forgetOldest(): void {
    for (const key of this.buckets.keys()) {
      this.buckets.delete(key)
      return
    }
  }
}

function filled(bucket: Bucket, rate: Rate, nowMs: number): number {
  return Math.min(rate.burst, bucket.tokens + ((nowMs - bucket.atMs) * rate.perSecond) / 1000)
}
