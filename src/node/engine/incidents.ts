import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Time } from '../../core/time.js'
import type { EngineSink, Failure } from './sink.js'

interface Budget {
  tokens: number
  atMs: number
  /** Incidents left out since the last one that was told. */
  leftOut: number
}

/**
 * Tells the host of incidents, so many of each kind and no more: who can cause them at will could otherwise fill a log
 * or a disk. Kinds are the engine's own words, so there are few.
 */
export class Incidents {
  private readonly budgets = new Map<string, Budget>()

  constructor(private readonly sink: EngineSink) {}

  /** Tells one, with the number of those of its kind left out before it, or leaves it out. */
  tell(kind: string, peer: PeerId | undefined, address: string | undefined, reason: Failure, time: Time): void {
    const budget = this.budgetOf(kind, time.monoMs)
    if (budget.tokens < 1) {
      budget.leftOut++
      return
    }
    budget.tokens--
    const { leftOut } = budget
    budget.leftOut = 0
    const told = leftOut === 0 ? reason : { ...reason, details: { ...reason.details, leftOut } }
    this.sink.onIncident(kind, peer, address, told)
  }

  private budgetOf(kind: string, nowMs: number): Budget {
    const known = this.budgets.get(kind)
    if (known === undefined) {
      const budget = { tokens: LIMITS.incidentBurst, atMs: nowMs, leftOut: 0 }
      this.budgets.set(kind, budget)
      return budget
    }
    const earned = ((nowMs - known.atMs) * LIMITS.incidentsPerSecond) / 1000
    known.tokens = Math.min(LIMITS.incidentBurst, known.tokens + earned)
    known.atMs = nowMs
    return known
  }
}
