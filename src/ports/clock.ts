import type { Time } from '../core/time.js'

/** The time and one-shot wake-ups; only the host knows it, machines are told the time. */
export interface Clock {
  /** Both clocks now. */
  now(): Time
  /** Calls `wake` once at `monoMs` or soon after; returns a function that cancels it. */
  wakeAt(monoMs: number, wake: () => void): () => void
}

/** Runs work after the current piece of JavaScript, before I/O: `queueMicrotask` in production. */
export type Defer = (work: () => void) => void
