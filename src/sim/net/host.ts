import type { CarrierInfo } from '../../ports/transport.js'
import type { End } from './end.js'

/** Takes connections that others dial. */
export interface Acceptor {
  /** A connection came; bind an owner to the end in this call, or it stays unread. */
  accepted(end: End, info: CarrierInfo): void
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
  readonly ends = new Set<End>()
  /** Who accepts, by address. */
  readonly acceptors = new Map<string, Acceptor>()

  constructor(
    readonly index: number,
    readonly name: string,
  ) {}

  /** An address of its own for limits per host, as `10.1.2.3`. */
  get ip(): string {
    return `10.${this.index >>> 16}.${(this.index >>> 8) & 255}.${this.index & 255}`
  }
}
