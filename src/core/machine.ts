import type { Time } from './time.js'

/**
 * A protocol as a deterministic object: it gets inputs and the time and calls its sink. It opens no socket, reads no
 * clock, draws no randomness of its own, starts no timer, awaits nothing.
 */
export interface Machine<Input, Sink> {
  /** Feeds one control input; acts by calling `sink`. Never throws on a peer's bytes. */
  handle(input: Input, time: Time, sink: Sink): void
  /** When the machine wants to be woken next (monoMs), if at all. */
  nextDeadline(): number | undefined
}
