import { equalConstantTime } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import { earlier, type Time } from '../../core/time.js'
import type { LocalCredentials } from '../../protocols/handshake/context.js'

/** Retired certificates that still serve. */
const MAX_RETIRED = 8

/** The node's operating certificates: the current one, and former ones for dials that know only them. */
export class Credentials {
  private retired: LocalCredentials[] = []

  constructor(public current: LocalCredentials) {}

  /** Makes another certificate the current one. */
  replace(next: LocalCredentials, time: Time): void {
    this.expire(time)
    this.retired = [this.current, ...this.retired]
    for (const dropped of this.retired.splice(MAX_RETIRED)) dropped.decapsulator.free()
    this.current = next
  }

  /** The credentials whose certificate hash begins with the tag. */
  byTag(tag: Uint8Array, time: Time): LocalCredentials | undefined {
    this.expire(time)
    return [this.current, ...this.retired].find(one => equalConstantTime(one.certHash.subarray(0, tag.length), tag))
  }

  /** Former certificates that still serve. */
  get retiredCount(): number {
    return this.retired.length
  }

  /** When a retired key is to be wiped, monoMs. */
  nextDeadline({ monoMs, wallMs }: Time): number | undefined {
    let next: number | undefined
    for (const one of this.retired) next = earlier(next, monoMs + Math.max(0, endOf(one) - wallMs))
    return next
  }

  /** Wipes the keys. */
  free(): void {
    for (const one of [this.current, ...this.retired]) one.decapsulator.free()
    this.retired = []
  }

  /** Wipes keys whose time is over. */
  expire(time: Time): void {
    const ended = this.retired.filter(one => time.wallMs >= endOf(one))
    if (ended.length === 0) return
    for (const one of ended) one.decapsulator.free()
    this.retired = this.retired.filter(one => !ended.includes(one))
  }
}

/** First moment at which a retired key serves no more, wallMs. */
function endOf(credentials: LocalCredentials): number {
  return credentials.notAfterMs + LIMITS.certificateGraceMs + 1
}
