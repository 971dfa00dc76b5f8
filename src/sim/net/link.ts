import type { SeededRandom } from '../time/random.js'
import type { LinkConditions } from './conditions.js'

/** Bytes of a packet as loss counts them. */
const PACKET_BYTES = 1400
/** Shortest retransmission timeout, ms; RFC 6298 has a second, today's stacks this. */
const MIN_RTO_MS = 200
/** Retransmissions in a row after which an ordered carrier counts as broken. */
const MAX_RETRANSMITS = 8

/** One direction between two hosts: its conditions, its queue for bandwidth and whether it is blocked. */
export class Link {
  /** Whether a partition blocks it. */
  blocked = false
  /** Since when, virtual ms. */
  blockedSinceMs = 0
  private freeAtMs = 0

  constructor(
    public conditions: LinkConditions,
    private readonly random: SeededRandom,
  ) {}

  /** Blocks or opens it. */
  block(blocked: boolean, nowMs: number): void {
    if (blocked && !this.blocked) this.blockedSinceMs = nowMs
    this.blocked = blocked
  }

  /** Time when the last of `bytes` given now arrives, without loss. */
  arrival(nowMs: number, bytes: number): number {
    const { bandwidth, latencyMs, jitterMs } = this.conditions
    let leaves = nowMs
    if (bandwidth !== Infinity) {
      leaves = Math.max(nowMs, this.freeAtMs) + (bytes * 1000) / bandwidth
      this.freeAtMs = leaves
    }
    return leaves + latencyMs + (jitterMs === 0 ? 0 : jitterMs * this.random.float())
  }

  /** What retransmissions add to the arrival on an ordered carrier; undefined where it breaks. */
  retransmissions(bytes: number): number | undefined {
    const { loss } = this.conditions
    if (loss === 0) return 0
    const spoiled = 1 - (1 - loss) ** Math.max(1, Math.ceil(bytes / PACKET_BYTES))
    let delay = 0
    for (let n = 0; this.random.chance(spoiled); n++) {
      if (n === MAX_RETRANSMITS) return undefined
      delay += this.rtoMs * 2 ** n
    }
    return delay
  }

  /** Retransmission timeout, ms. */
  get rtoMs(): number {
    return Math.max(MIN_RTO_MS, 2 * (this.conditions.latencyMs + this.conditions.jitterMs))
  }

  /** Whether a packet is lost. */
  loses(): boolean {
    return this.random.chance(this.conditions.loss)
  }

  /** Whether a datagram comes twice. */
  duplicates(): boolean {
    return this.random.chance(this.conditions.duplicate)
  }

  /** How much later than others a datagram comes, ms. */
  detour(): number {
    if (!this.random.chance(this.conditions.reorder)) return 0
    return this.random.float() * Math.max(1, 4 * this.conditions.latencyMs)
  }

  /** Flips one bit of `buffer[0, length)` if this chunk's lot is that. Answers whether it did. */
  corrupt(buffer: Uint8Array, length: number): boolean {
    if (length === 0 || !this.random.chance(this.conditions.bitFlip)) return false
    const at = this.random.int(length)
    buffer[at] = buffer[at] ^ (1 << this.random.int(8))
    return true
  }

  /** Where in a chunk the carrier is cut; undefined: not at all. */
  cutAt(length: number): number | undefined {
    return this.random.chance(this.conditions.cut) ? this.random.int(length + 1) : undefined
  }

  /** Where a chunk is split; undefined: not at all. */
  splitAt(length: number): number | undefined {
    return length > 1 && this.random.chance(this.conditions.fragment) ? 1 + this.random.int(length - 1) : undefined
  }
}
