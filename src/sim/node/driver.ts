import type { HyphaeError } from '../../core/errors.js'
import type { Engine } from '../../node/engine/engine.js'
import type { Actor } from '../time/queue.js'
import type { VirtualClock } from '../time/clock.js'
import type { World } from '../world.js'

/** Ticks at one virtual moment after which an engine must be asking for the same one again and again. */
const MAX_TICKS_PER_MOMENT = 1000

/** Does what a host's event loop does for an engine: flushes at the end of a turn and wakes it when it asked for that. */
export class SimDriver implements Actor {
  private wakeMs: number | undefined
  private looking = false
  private running = true
  private lastTickMs = -1
  private ticks = 0
  private readonly flushNow = (): void => {
    if (this.running) this.engine.flush(this.clock.current())
    this.look()
  }
  private readonly lookNow = (): void => {
    this.looking = false
    if (this.running) this.schedule()
  }

  constructor(
    private readonly world: World,
    private readonly clock: VirtualClock,
    private readonly engine: Engine,
    private readonly fail: (text: string) => HyphaeError,
  ) {}

  /** The engine has something to write at the end of this turn. */
  wantFlush(): void {
    this.world.defer(this.flushNow)
  }

  /** The engine was entered: its next deadline may be another one. */
  look(): void {
    if (this.looking) return
    this.looking = true
    this.world.defer(this.lookNow)
  }

  /** The engine is gone; what it asked for does not happen. */
  stop(): void {
    this.running = false
  }

  onEvent(_kind: number, value: number): void {
    if (!this.running || value !== this.wakeMs) return
    this.wakeMs = undefined
    this.tick()
    this.look()
  }

  private tick(): void {
    const now = this.world.nowMs
    if (now !== this.lastTickMs) this.ticks = 0
    this.lastTickMs = now
    if (++this.ticks > MAX_TICKS_PER_MOMENT) throw this.fail('its deadline stays due whatever tick does')
    this.engine.tick(this.clock.current())
  }

  /** A deadline that moved away needs no new event: the earlier wake-up finds nothing due and asks again. */
  private schedule(): void {
    const due = this.engine.nextDeadline()
    if (due === undefined) return
    const at = Math.max(due, this.world.nowMs)
    if (this.wakeMs !== undefined && this.wakeMs <= at) return
    this.wakeMs = at
    this.world.queue.push(at, this, 0, at)
  }
}
