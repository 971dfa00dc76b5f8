import type { Clock, Defer } from '../ports/clock.js'

/** Longest delay that timers take; more would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Wake-ups further away than this do not hold the process alive: they are chores, such as renewing a certificate. Nearer
 * ones do, since somebody may be waiting for them and for nothing else.
 */
const HOLDS_PROCESS_MS = 60_000

/** The clocks and timers of the runtime. A wake-up beyond the longest delay comes early; whoever set it looks again. */
export const systemClock: Clock = {
  now: () => ({ monoMs: performance.now(), wallMs: Date.now() }),
  wakeAt(monoMs, wake) {
    // Rounded up: a timer that fires a fraction early would find nothing due and be set again.
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil(monoMs - performance.now())))
    const timer: unknown = setTimeout(wake, delayMs)
    if (delayMs > HOLDS_PROCESS_MS) (timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
}

/** The microtask queue of the runtime. */
export const systemDefer: Defer = work => queueMicrotask(work)
