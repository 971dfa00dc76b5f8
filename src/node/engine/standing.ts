import type { PeerId } from '../../core/ids.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Admission } from '../../protocols/admission/machine.js'
import type { Core } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** Decides whether a peer is welcome; the peer is undefined while it is not known yet. */
export type Gate = (peer: PeerId | undefined, info: CarrierInfo) => boolean

/** Who is welcome: lists, bans, rates and the user's gate. */
export class Standing {
  constructor(
    private readonly core: Core,
    readonly admission: Admission,
    private readonly gate: Gate | undefined,
  ) {}

  /** Whether a carrier from there is taken; a failure says why not. Taken ones are to be released. */
  admit(info: CarrierInfo): Failure | undefined {
    const verdict = this.admission.admit(info.host, this.core.time)
    if (!verdict.ok)
      return { ...failure(verdict.code, verdict.reason), details: { retryAfterMs: verdict.retryAfterMs } }
    if (this.passesGate(undefined, info)) return undefined
    this.admission.release(info.host)
    return failure('PEER_DENIED', 'the gate refused the address')
  }

  /** Whether a list or ban is against the host of a carrier. */
  refusesHost(info: CarrierInfo): boolean {
    return !this.admission.checkHost(info.host, this.core.time).ok
  }

  /** Whether a peer is on no list or ban against it. */
  allows(id: PeerId): boolean {
    return this.admission.checkPeer(id, this.core.time).ok
  }

  /** How long a message of the peer of this size has to wait for its rate, ms; 0 when it counts and may pass. */
  waitMs(id: PeerId, bytes: number): number {
    if (!this.core.config.limitMessages) return 0
    const verdict = this.admission.allowMessage(id, bytes, this.core.time)
    return verdict.ok ? 0 : Math.max(1, verdict.retryAfterMs)
  }

  /** Why a peer that proved who it is may not stay; undefined where it may. */
  refusal(id: PeerId, info: CarrierInfo | undefined): Failure | undefined {
    const verdict = this.admission.checkPeer(id, this.core.time)
    if (!verdict.ok) return failure(verdict.code, verdict.reason)
    if (info === undefined || this.passesGate(id, info)) return undefined
    return failure('PEER_DENIED', 'the gate refused the peer')
  }

  private passesGate(id: PeerId | undefined, info: CarrierInfo): boolean {
    if (this.gate === undefined) return true
    try {
      return this.gate(id, info)
    } catch (error) {
      // The gate is the user's: where it fails, nobody passes.
      const text = `the gate failed: ${error instanceof Error ? error.message : String(error)}`
      this.core.incident('gate', id, info.remote, failure('INTERNAL', text))
      return false
    }
  }
}
