import { isPeerId } from '../../core/ids.js'
import { toHex } from '../../core/text.js'
import { HostRule, parseIp } from './hosts.js'

interface Range {
  readonly rule: HostRule
  readonly untilMs: number
}

/**
 * Bans of peers, hosts and ranges that end by themselves; a bounded number, the one that ends first goes first.
 * Peers and single hosts are looked up, only ranges are walked: a long list costs an attempt nothing.
 */
export class BanList {
  /** End of the ban by peer id, address in hexadecimal or name. */
  private readonly single = new Map<string, number>()
  private readonly ranges = new Map<string, Range>()

  constructor(private readonly maxBans: number) {}

  /** Bans held, ended ones that nobody asked for included. */
  get size(): number {
    return this.single.size + this.ranges.size
  }

  /** Bans a peer id, an address, `address/bits` or a name until then (monoMs). False: that is none of them. */
  add(subject: string, untilMs: number): boolean {
    const rule = subject.includes('/') ? HostRule.parse(subject) : undefined
    if (rule === undefined && subject.includes('/')) return false
    this.remove(subject)
    if (this.size >= this.maxBans) this.dropFirstToEnd()
    if (rule === undefined) this.single.set(keyOf(subject), untilMs)
    else this.ranges.set(subject, { rule, untilMs })
    return true
  }

  /** Ends a ban early. False: there was none. */
  remove(subject: string): boolean {
    return this.ranges.delete(subject) || this.single.delete(keyOf(subject))
  }

  /** When the ban of a peer ends (monoMs), undefined where it is not banned. */
  ofPeer(peer: string, nowMs: number): number | undefined {
    return this.ofSingle(peer, nowMs)
  }

  /** When the last ban that covers a host ends (monoMs), undefined where it is not banned. */
  ofHost(host: string, bytes: Uint8Array | undefined, nowMs: number): number | undefined {
    let until = this.ofSingle(bytes === undefined ? host.toLowerCase() : toHex(bytes), nowMs)
    for (const [subject, range] of this.ranges) {
      if (nowMs >= range.untilMs) this.ranges.delete(subject)
      else if (range.rule.matches(host, bytes)) until = Math.max(until ?? 0, range.untilMs)
    }
    return until
  }

  private ofSingle(key: string, nowMs: number): number | undefined {
    const untilMs = this.single.get(key)
    if (untilMs === undefined || nowMs < untilMs) return untilMs
    this.single.delete(key)
    return undefined
  }

  private dropFirstToEnd(): void {
    let first = ''
    let earliestMs = Infinity
    for (const [key, untilMs] of this.single) {
      if (first !== '' && untilMs >= earliestMs) continue
      first = key
      earliestMs = untilMs
    }
    for (const [key, { untilMs }] of this.ranges) {
      if (first !== '' && untilMs >= earliestMs) continue
      first = key
      earliestMs = untilMs
    }
    if (!this.ranges.delete(first)) this.single.delete(first)
  }
}

function keyOf(subject: string): string {
  if (isPeerId(subject)) return subject
  const bytes = parseIp(subject)
  return bytes === undefined ? subject.toLowerCase() : toHex(bytes)
}
