import type { Time } from '../../core/time.js'
import type { Clock } from '../../ports/clock.js'
import type { Actor, EventQueue } from './queue.js'

/** Wall time at which simulations begin: 2026-01-01 00:00 UTC. */
export const SIM_EPOCH_MS = 1_767_225_600_000

/** Time as one node sees it: the simulation's monotonic clock, and a wall clock that may be wrong. */
export class VirtualClock implements Clock, Actor {
  /** What this node's wall clock is off, ms; changing it is a jump of the wall clock. */
  skewMs = 0
  private readonly time: { monoMs: number; wallMs: number } = { monoMs: 0, wallMs: SIM_EPOCH_MS }

  /**
   * @param sim - tells the virtual time
   * @param queue - where wake-ups wait
   */
  constructor(
    private readonly sim: { readonly nowMs: number },
    private readonly queue: EventQueue,
  ) {}

  /** Both clocks now. The object is the caller's own. */
  now(): Time {
    return { monoMs: this.sim.nowMs, wallMs: this.wallMs() }
  }

  /** As {@link VirtualClock.now}, but always the same object, valid until the time moves: for hot paths. */
  current(): Time {
    this.time.monoMs = this.sim.nowMs
    this.time.wallMs = this.wallMs()
    return this.time
  }

  wakeAt(monoMs: number, wake: () => void): () => void {
    const alarm: Alarm = { wake }
    this.queue.push(Math.max(monoMs, this.sim.nowMs), this, 0, 0, alarm)
    return () => {
      alarm.wake = undefined
    }
  }

  onEvent(_kind: number, _value: number, payload: unknown): void {
    const alarm = payload as Alarm
    const { wake } = alarm
    alarm.wake = undefined
    wake?.()
  }

  private wallMs(): number {
    return Math.floor(SIM_EPOCH_MS + this.sim.nowMs + this.skewMs)
  }
}

/** One wake-up; a cancelled one stays in the queue and does nothing. */
interface Alarm {
  wake: (() => void) | undefined
}
