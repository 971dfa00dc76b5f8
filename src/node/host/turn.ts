import type { Time } from '../../core/time.js'
import type { Clock, Defer } from '../../ports/clock.js'

/** What happens at the end of a turn and when a deadline has come. */
export interface TurnWork {
  /** Whatever was written in this turn leaves now. */
  flush(time: Time): void
  /** Does what is due. */
  tick(time: Time): void
  /** When {@link TurnWork.tick} wants to be called next (monoMs), if at all. */
  nextDeadline(): number | undefined
}

/**
 * The time of one engine. A turn is everything that happens until the event loop goes on: many calls, one flush, one
 * look at the deadlines.
 */
export class Turn {
  private time: Time | undefined
  private scheduled = false
  private flushWanted = false
  private armedAtMs = Infinity
  private disarm: (() => void) | undefined
  private stopped = false
  private readonly end = (): void => this.endTurn()
  private readonly wake = (): void => this.woken()

  constructor(
    private readonly clock: Clock,
    private readonly defer: Defer,
    private readonly work: TurnWork,
  ) {}

  /** The time now. */
  now(): Time {
    return (this.time = this.clock.now())
  }

  /**
   * The time of this turn, read once: for calls so frequent that the clock would cost more than they do. It may lie
   * behind by as long as user code has been running, so nothing with a deadline uses it.
   */
  coarse(): Time {
    if (this.time === undefined) {
      this.time = this.clock.now()
      this.schedule()
    }
    return this.time
  }

  /** Asks for a flush at the end of this turn. */
  wantFlush(): void {
    this.flushWanted = true
    this.schedule()
  }

  /** Asks for a look at the deadlines at the end of this turn. */
  schedule(): void {
    if (this.scheduled || this.stopped) return
    this.scheduled = true
    this.defer(this.end)
  }

  /** No wake-up comes any more. */
  stop(): void {
    this.stopped = true
    this.disarm?.()
    this.disarm = undefined
  }

  private endTurn(): void {
    // Until all is written `scheduled` stays set: what the flush itself sets off belongs to this turn.
    if (this.flushWanted) {
      this.flushWanted = false
      this.work.flush(this.now())
    }
    this.time = undefined
    this.scheduled = false
    if (this.flushWanted) this.schedule()
    this.arm()
  }

  private arm(): void {
    if (this.stopped) return
    const next = this.work.nextDeadline()
    // An alarm that comes too early costs one idle look; moving it with every packet would cost far more.
    if (next === undefined || next >= this.armedAtMs) return
    this.disarm?.()
    this.armedAtMs = next
    this.disarm = this.clock.wakeAt(next, this.wake)
  }

  private woken(): void {
    this.armedAtMs = Infinity
    this.disarm = undefined
    if (this.stopped) return
    this.work.tick(this.now())
    this.schedule()
  }
}
