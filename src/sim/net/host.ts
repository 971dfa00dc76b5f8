/** One end of a connection, as far as its host is concerned with it. */
export interface AttachedEnd {
  /** Where the other end is. */
  readonly peer: SimHost
  vanish(silent: boolean): void
  healed(): void
  cut(reason: string): void
}

/** A machine on the simulated network. */
export class SimHost {
  /** Whether it runs. */
  up = true
  /** Whether it says nothing while it is down (power gone) instead of refusing connections (process gone). */
  silent = false
  /** Group of the present partition; hosts of different groups do not reach each other. */
  group = 0
  /** Its ends of live connections, in the order in which they were made. */
  readonly ends = new Set<AttachedEnd>()

  constructor(
    readonly index: number,
    readonly name: string,
  ) {}

  /** An address for limits per host and subnet: the first 51,200 hosts share no /16. */
  get ip(): string {
    const { index } = this
    return `${10 + (Math.floor(index / 256) % 200)}.${index & 255}.${Math.floor(index / 51_200) & 255}.1`
  }
}
