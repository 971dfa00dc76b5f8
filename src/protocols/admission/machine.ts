import { HyphaeError } from '../../core/errors.js'
import type { Time } from '../../core/time.js'
import { BanList } from './bans.js'
import { BucketTable } from './buckets.js'
import type { AdmissionConfig, Rate } from './config.js'
import { type HostKeys, hostKeys, HostRule, parseIp } from './hosts.js'

/** Why something was refused. */
export interface Refusal {
  readonly ok: false
  /** PEER_DENIED: a list or a ban; LIMIT_EXCEEDED: too many connections; RATE_LIMITED: too often or too much. */
  readonly code: 'PEER_DENIED' | 'LIMIT_EXCEEDED' | 'RATE_LIMITED'
  /** What refused, for logs and `explain`. */
  readonly reason: string
  /** Milliseconds after which it may pass; 0 where nobody knows, Infinity where waiting does not help. */
  readonly retryAfterMs: number
}

/** The answer to who wants in or wants to send. */
export type Verdict = { readonly ok: true } | Refusal

const ADMITTED: Verdict = { ok: true }
/** Key of the bucket that all attempts share; no host has it. */
const EVERYBODY = '*'

/**
 * Decides who may connect and how much a peer may send: lists, bans, caps and token buckets per host, subnet, network
 * and peer. A refused attempt takes no tokens, so who is refused does not shut out its neighbours.
 *
 * @example
 * ```ts
 * const verdict = admission.admit('203.0.113.7', time)
 * if (!verdict.ok) return carrier.close(verdict.code)
 * // … and when it ends
 * admission.release('203.0.113.7')
 * ```
 */
export class Admission {
  private readonly attempts: BucketTable
  private readonly messages: BucketTable
  private readonly messageBytes: BucketTable
  private readonly bans: BanList
  /** Open connections by host: never more entries than connections. */
  private readonly open = new Map<string, number>()
  private openCount = 0
  private readonly denyHosts: readonly HostRule[]
  private readonly allowHosts: readonly HostRule[]
  private readonly denyPeers: ReadonlySet<string>
  private readonly allowPeers: ReadonlySet<string>

  /** @throws HyphaeError INVALID_CONFIG on a rate, a limit or an entry of a host list that cannot be */
  constructor(private readonly config: AdmissionConfig) {
    checkNumbers(config)
    this.attempts = new BucketTable(config.maxTracked)
    this.messages = new BucketTable(config.maxTracked)
    this.messageBytes = new BucketTable(config.maxTracked)
    this.bans = new BanList(config.maxBans)
    this.denyHosts = rules('denyHosts', config.denyHosts)
    this.allowHosts = rules('allowHosts', config.allowHosts)
    this.denyPeers = new Set(config.denyPeers)
    this.allowPeers = new Set(config.allowPeers)
  }

  /** Open connections. */
  get connections(): number {
    return this.openCount
  }

  /** Whether a host may connect now. When it may, the connection counts until `release`. */
  admit(host: string, time: Time): Verdict {
    const listed = this.checkHost(host, time)
    if (!listed.ok) return listed
    if (this.openCount >= this.config.maxConnections) return refuse('LIMIT_EXCEEDED', 'maxConnections', 0)
    const keys = hostKeys(host)
    if (!(keys.loopback && this.config.exemptLoopback)) {
      if ((this.open.get(keys.host) ?? 0) >= this.config.maxConnectionsPerHost) {
        return refuse('LIMIT_EXCEEDED', 'maxConnectionsPerHost', 0)
      }
      const limited = this.takeAttempt(keys, time.monoMs)
      if (limited !== undefined) return limited
    }
    this.open.set(keys.host, (this.open.get(keys.host) ?? 0) + 1)
    this.openCount++
    return ADMITTED
  }

  /** A connection that was admitted ended. */
  release(host: string): void {
    const key = hostKeys(host).host
    const count = this.open.get(key)
    if (count === undefined) return
    if (count === 1) this.open.delete(key)
    else this.open.set(key, count - 1)
    this.openCount--
  }

  /** Lists and bans of a host alone, for what is not a connection from outside: an address about to be dialled. */
  checkHost(host: string, time: Time): Verdict {
    const bytes = parseIp(host)
    const bannedUntil = this.bans.ofHost(host, bytes, time.monoMs)
    if (bannedUntil !== undefined) return refuse('PEER_DENIED', 'banned host', bannedUntil - time.monoMs)
    if (this.denyHosts.some(rule => rule.matches(host, bytes))) return refuse('PEER_DENIED', 'denyHosts', Infinity)
    if (this.allowHosts.length > 0 && !this.allowHosts.some(rule => rule.matches(host, bytes))) {
      return refuse('PEER_DENIED', 'allowHosts', Infinity)
    }
    return ADMITTED
  }

  /** Lists and bans of a peer, asked once its identity is proven. */
  checkPeer(peer: string, time: Time): Verdict {
    const bannedUntil = this.bans.ofPeer(peer, time.monoMs)
    if (bannedUntil !== undefined) return refuse('PEER_DENIED', 'banned peer', bannedUntil - time.monoMs)
    if (this.denyPeers.has(peer)) return refuse('PEER_DENIED', 'denyPeers', Infinity)
    if (this.allowPeers.size > 0 && !this.allowPeers.has(peer)) return refuse('PEER_DENIED', 'allowPeers', Infinity)
    return ADMITTED
  }

  /** Whether a peer may send a message of this size now. When it may, it is counted. */
  allowMessage(peer: string, bytes: number, time: Time): Verdict {
    const { messageRate, messageByteRate } = this.config
    const nowMs = time.monoMs
    const waitMs = Math.max(
      this.messages.waitMs(peer, messageRate, 1, nowMs),
      this.messageBytes.waitMs(peer, messageByteRate, bytes, nowMs),
    )
    if (waitMs > 0) return refuse('RATE_LIMITED', 'messages of the peer', waitMs)
    this.messages.take(peer, messageRate, 1, nowMs)
    this.messageBytes.take(peer, messageByteRate, bytes, nowMs)
    return ADMITTED
  }

  /**
   * Bans a peer id, an address, `address/bits` or a name; whoever has the connections closes them.
   *
   * @param durationMs how long; Infinity until `unban`
   * @throws HyphaeError INVALID_ARGUMENT where the subject is a range with impossible bits or the duration not above 0
   */
  ban(subject: string, durationMs: number, time: Time): void {
    if (durationMs > 0 && this.bans.add(subject, time.monoMs + durationMs)) return
    throw new HyphaeError('INVALID_ARGUMENT', `cannot ban ${subject} for ${durationMs} ms`)
  }

  /** Ends a ban. False: there was none. */
  unban(subject: string): boolean {
    return this.bans.remove(subject)
  }

  private takeAttempt(keys: HostKeys, nowMs: number): Refusal | undefined {
    const { hostRate, subnetRate, networkRate, totalRate } = this.config
    const waitMs = Math.max(
      this.attempts.waitMs(keys.host, hostRate, 1, nowMs),
      keys.subnet === undefined ? 0 : this.attempts.waitMs(keys.subnet, subnetRate, 1, nowMs),
      keys.network === undefined ? 0 : this.attempts.waitMs(keys.network, networkRate, 1, nowMs),
      this.attempts.waitMs(EVERYBODY, totalRate, 1, nowMs),
    )
    if (waitMs > 0) return refuse('RATE_LIMITED', 'connection attempts', waitMs)
    this.attempts.take(keys.host, hostRate, 1, nowMs)
    if (keys.subnet !== undefined) this.attempts.take(keys.subnet, subnetRate, 1, nowMs)
    if (keys.network !== undefined) this.attempts.take(keys.network, networkRate, 1, nowMs)
    this.attempts.take(EVERYBODY, totalRate, 1, nowMs)
    return undefined
  }
}

function refuse(code: Refusal['code'], reason: string, retryAfterMs: number): Refusal {
  return { ok: false, code, reason, retryAfterMs }
}

function rules(key: string, texts: readonly string[]): readonly HostRule[] {
  return texts.map(text => {
    const rule = HostRule.parse(text)
    if (rule !== undefined) return rule
    throw new HyphaeError('INVALID_CONFIG', `${key}: ${text} is not an address, address/bits or name`, {
      details: { key, value: text },
    })
  })
}

const RATES = ['hostRate', 'subnetRate', 'networkRate', 'totalRate', 'messageRate', 'messageByteRate'] as const
const COUNTS = ['maxConnections', 'maxConnectionsPerHost', 'maxTracked', 'maxBans'] as const

function checkNumbers(config: AdmissionConfig): void {
  for (const key of RATES) {
    const rate: Rate = config[key]
    if (rate.perSecond > 0 && rate.burst >= 1) continue
    throw new HyphaeError('INVALID_CONFIG', `${key}: perSecond must be above 0 and burst at least 1`, {
      details: { key, value: rate },
    })
  }
  for (const key of COUNTS) {
    if (Number.isInteger(config[key]) && config[key] >= 1) continue
    throw new HyphaeError('INVALID_CONFIG', `${key}: ${config[key]} is not a whole number from 1`, {
      details: { key, value: config[key] },
    })
  }
}
