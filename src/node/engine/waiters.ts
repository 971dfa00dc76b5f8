import type { PeerId } from '../../core/ids.js'
import { earlier } from '../../core/time.js'
import type { Core } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** Callers of `connect` and `migrate` who wait for the outcome: each hears of it once. */
export class Waiters {
  /** Deadline by token, monoMs. */
  private readonly deadlines = new Map<number, number>()
  private lastToken = 0

  constructor(private readonly core: Core) {}

  /** Callers who wait. */
  get size(): number {
    return this.deadlines.size
  }

  /** A token for a caller whose patience ends at `deadlineMs`. */
  add(deadlineMs: number): number {
    const token = ++this.lastToken
    this.deadlines.set(token, deadlineMs)
    return token
  }

  /** Whether a caller still waits. */
  has(token: number): boolean {
    return this.deadlines.has(token)
  }

  /** The caller lost interest. False: it was told already. */
  forget(token: number): boolean {
    return this.deadlines.delete(token)
  }

  /** Tells a caller, unless it was told already. */
  tell(token: number, peer: PeerId | undefined, reason: Failure | undefined): void {
    if (this.deadlines.delete(token)) this.core.sink.onConnectResult(token, peer, reason)
  }

  /** When {@link Waiters.tick} has something to do. */
  nextDeadline(): number | undefined {
    let next: number | undefined
    for (const deadlineMs of this.deadlines.values()) next = earlier(next, deadlineMs)
    return next
  }

  /** Tells those whose patience ended. */
  tick(): void {
    const { monoMs } = this.core.time
    for (const [token, deadlineMs] of [...this.deadlines]) {
      if (monoMs >= deadlineMs) this.tell(token, undefined, failure('TIMEOUT', 'no session within the time allowed'))
    }
  }

  /** Tells all. */
  close(reason: Failure): void {
    for (const token of [...this.deadlines.keys()]) this.tell(token, undefined, reason)
  }
}
