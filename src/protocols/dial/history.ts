import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'

/** The steps to a usable connection, in their order. */
export const DIAL_STEPS = ['address', 'dial', 'handshake', 'certificate', 'admission', 'session'] as const

/** A step on the way to a usable connection. */
export type DialStep = (typeof DIAL_STEPS)[number]

/** What went wrong at which step. */
export interface DialFailure {
  readonly step: DialStep
  readonly code: ErrorCode
  /** What happened, for people. */
  readonly text: string
  /** What to do about it, for people. */
  readonly remedy: string
}

/** One attempt to reach a peer. */
export interface DialAttempt {
  /** Undefined where it failed before an address was chosen, or the peer dialled us. */
  readonly address: string | undefined
  /** Undefined for a success. */
  readonly failure: DialFailure | undefined
  /** When it ended. */
  readonly wallMs: number
}

/** Why a peer is reachable or not. */
export interface Explanation {
  readonly peer: PeerId
  /** `waiting`: kept, the next attempt is at `nextAttemptMs`. `idle`: nobody asked for it. */
  readonly state: 'connected' | 'dialling' | 'waiting' | 'idle'
  /** Whether a lost connection is dialled again without being asked. */
  readonly kept: boolean
  /** The step to look at: of the last failures of all addresses the one that came furthest. Undefined: nothing failed since the last success. */
  readonly failure: DialFailure | undefined
  /** When the next attempt is due (monoMs); undefined where none is. */
  readonly nextAttemptMs: number | undefined
  readonly addresses: readonly AddressReport[]
  /** The last attempts, newest first. */
  readonly attempts: readonly DialAttempt[]
}

/** One address in an {@link Explanation}. */
export interface AddressReport {
  readonly address: string
  /** Failures since the last connection that lasted. */
  readonly failures: number
  readonly lastSuccessWallMs: number | undefined
  /** Not dialled before then (monoMs). */
  readonly notBeforeMs: number
}

/** The failure that says most: a certificate that was refused tells more than another address where nobody listens. */
export function tellingFailure(newestFirst: readonly DialAttempt[]): DialFailure | undefined {
  const seen = new Set<string | undefined>()
  let telling: DialFailure | undefined
  for (const { address, failure } of newestFirst) {
    if (failure === undefined) break
    if (seen.has(address)) continue
    seen.add(address)
    if (telling === undefined || DIAL_STEPS.indexOf(failure.step) > DIAL_STEPS.indexOf(telling.step)) telling = failure
  }
  return telling
}
