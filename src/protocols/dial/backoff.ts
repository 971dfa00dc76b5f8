import { readU32 } from '../../core/bytes.js'
import type { Random } from '../../ports/random.js'
import type { DialConfig } from './config.js'

const TWO_32 = 0x1_0000_0000

/**
 * Waits between attempts: short after the first failure, then exponential with full jitter, so that nodes which lost
 * the same peer at once do not come back at once.
 */
export class Backoff {
  private readonly bytes = new Uint8Array(4)

  constructor(
    private readonly config: DialConfig,
    private readonly random: Random,
  ) {}

  /** Milliseconds to wait after this many failures in a row, at least one. */
  delayMs(failures: number): number {
    const { firstBackoffMs, baseBackoffMs, maxBackoffMs } = this.config
    if (failures <= 1) return firstBackoffMs
    const most = Math.min(maxBackoffMs, baseBackoffMs * 2 ** Math.min(failures - 2, 30))
    const part = readU32(this.random.fill(this.bytes), 0) / TWO_32
    return Math.round(firstBackoffMs + part * Math.max(0, most - firstBackoffMs))
  }
}
