import { LIMITS } from '../../core/limits.js'
import { toHex } from '../../core/text.js'

/**
 * First messages that were accepted lately. Looked up before the KEM, filled only after the message proved itself, so
 * that garbage cannot push genuine entries out. When full, new handshakes are refused rather than old entries forgotten.
 */
export class ReplayCache {
  private readonly entries = new Map<string, number>()

  constructor(
    private readonly maxEntries: number = LIMITS.maxReplayEntries,
    private readonly keepMs: number = LIMITS.replayMs,
  ) {}

  /** Whether this digest was accepted within the last minutes. */
  has(digest: Uint8Array, monoMs: number): boolean {
    this.expire(monoMs)
    return this.entries.has(toHex(digest))
  }

  /**
   * Remembers a digest.
   * @returns false when it is known, as of two copies whose keys were at work at the same time, or the cache is full of live entries
   */
  add(digest: Uint8Array, monoMs: number): boolean {
    this.expire(monoMs)
    const key = toHex(digest)
    if (this.entries.size >= this.maxEntries || this.entries.has(key)) return false
    this.entries.set(key, monoMs + this.keepMs)
    return true
  }

  /** Entries held. */
  get size(): number {
    return this.entries.size
  }

  private expire(monoMs: number): void {
    // Entries are in the order of their end, so the walk stops at the first live one.
    for (const [key, end] of this.entries) {
      if (end >= monoMs) return
      this.entries.delete(key)
    }
  }
}
