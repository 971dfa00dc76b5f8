import { HyphaeError } from '../core/errors.js'
import type { Defer } from '../ports/clock.js'
import type { LinkConditions } from './net/conditions.js'
import { type NetworkHome, SimNetwork } from './net/network.js'
import { VirtualClock } from './time/clock.js'
import { type Actor, EventQueue } from './time/queue.js'
import { SeededRandom } from './time/random.js'
import { Trace, type TraceEntry } from './trace/trace.js'

/** Options of a {@link World}. */
export interface WorldOptions {
  /** Decides everything that is left to chance. Default 1. */
  readonly seed?: string | number
  /** Conditions of every link that is not given its own. */
  readonly link?: Partial<LinkConditions>
  /** Trace entries kept for people to read. Default 0. */
  readonly keepEvents?: number
}

/** Pieces of deferred work in one turn after which something must be going round in circles. */
const MAX_WORK_PER_TURN = 1_000_000
/** Events at one virtual moment after which the same must be true. */
const MAX_EVENTS_PER_MOMENT = 5_000_000
/** Turns of the microtask queue granted between two virtual moments. */
const MICROTASK_TURNS = 100

/**
 * Virtual time, chance, network and the loop over events. Nothing in it looks at a real clock: a run depends on the seed
 * and on what is done to it, and on nothing else.
 */
export class World implements NetworkHome, Actor {
  /** Virtual time, ms from the start. */
  nowMs = 0
  /** Events handled. */
  handled = 0
  readonly queue = new EventQueue()
  readonly trace: Trace
  readonly random: SeededRandom
  readonly network: SimNetwork
  /** Clock without skew. */
  readonly clock: VirtualClock
  /** Runs work after the event being handled, before the next one. */
  readonly defer: Defer
  private work: (() => void)[] = []
  private momentEvents = 0

  constructor(options: WorldOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 1)
    this.trace = new Trace(options.keepEvents ?? 0)
    this.clock = new VirtualClock(this, this.queue)
    this.network = new SimNetwork(this, this.random.fork('network'), options.link ?? {})
    this.defer = work => this.work.push(work)
  }

  /** Handles the next event. False when none waits. */
  step(): boolean {
    this.turn()
    const { queue } = this
    if (!queue.pop()) return false
    if (queue.time > this.nowMs) {
      this.nowMs = queue.time
      this.momentEvents = 0
    } else if (++this.momentEvents > MAX_EVENTS_PER_MOMENT) throw this.livelock('events')
    this.handled++
    queue.actor?.onEvent(queue.kind, queue.value, queue.payload)
    this.turn()
    return true
  }

  /** Lets this much virtual time pass. */
  run(forMs: number): void {
    this.runTo(this.nowMs + forMs)
  }

  /** Handles everything up to and at a virtual time. */
  runTo(untilMs: number): void {
    this.turn()
    for (let next = this.queue.nextTime; next !== undefined && next <= untilMs; next = this.queue.nextTime) this.step()
    this.nowMs = Math.max(this.nowMs, untilMs)
  }

  /**
   * Goes on until something holds.
   * @returns whether it did within the virtual time given; it is asked after every event
   */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    const endMs = this.nowMs + limitMs
    this.turn()
    for (;;) {
      if (holds()) return true
      const next = this.queue.nextTime
      if (next === undefined || next > endMs) break
      this.step()
    }
    this.nowMs = Math.max(this.nowMs, endMs)
    return false
  }

  /**
   * As {@link World.run}, for programs that use promises: between two virtual moments their microtasks get their turns.
   * Real timers and real input would run on another clock: a program under simulation uses neither.
   */
  async settle(forMs: number): Promise<void> {
    await this.settleUntil(() => false, forMs)
  }

  /**
   * Goes on until a promise is settled and answers as it does.
   * @throws HyphaeError TIMEOUT when the virtual time given is over first
   */
  async wait<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false
    const done = (): void => {
      settled = true
    }
    promise.then(done, done)
    const inTime = await this.settleUntil(() => settled, limitMs)
    if (!inTime) throw new HyphaeError('TIMEOUT', `nothing came of it within ${limitMs} virtual ms`)
    return promise
  }

  /** Does something at a virtual time. Returns what calls it off. */
  at(timeMs: number, work: () => void): () => void {
    return this.clock.wakeAt(timeMs, work)
  }

  /** Does something again and again, the first time after `periodMs`. Returns what ends it. */
  every(periodMs: number, work: () => void): () => void {
    let cancel: () => void
    const next = (): void => {
      cancel = this.at(this.nowMs + periodMs, () => {
        next()
        work()
      })
    }
    next()
    return () => cancel()
  }

  /** Hash of all that happened: equal for equal seeds. */
  traceHash(): string {
    return this.trace.hash()
  }

  /** The last events in words, oldest first, as many as `keepEvents`. */
  lastEvents(): TraceEntry[] {
    return this.trace.entries()
  }

  onEvent(_kind: number, _value: number, payload: unknown): void {
    ;(payload as () => void)()
  }

  private async settleUntil(holds: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.nowMs + limitMs
    for (;;) {
      this.turn()
      await microtasks()
      if (this.work.length > 0) continue
      if (holds()) return true
      const next = this.queue.nextTime
      if (next === undefined || next > endMs) break
      // All events of one moment, then the microtasks they made.
      while (this.queue.nextTime === next) this.step()
    }
    this.nowMs = Math.max(this.nowMs, endMs)
    return false
  }

  /** Does deferred work, and what that defers. */
  private turn(): void {
    const { work } = this
    if (work.length === 0) return
    for (let i = 0; i < work.length; i++) {
      if (i > MAX_WORK_PER_TURN) throw this.livelock('pieces of deferred work')
      work[i]()
    }
    work.length = 0
  }

  private livelock(what: string): HyphaeError {
    const last = this.lastEvents()
      .slice(-5)
      .map(entry => `${entry.node} ${entry.event} ${entry.detail}`)
    const text = `too many ${what} at ${this.nowMs} ms: something goes round in circles; last: ${last.join(' | ')}`
    return new HyphaeError('INTERNAL', text)
  }
}

async function microtasks(): Promise<void> {
  for (let i = 0; i < MICROTASK_TURNS; i++) await Promise.resolve()
}
