import type { createSimulation, LinkConditions } from '../../src/sim/index.js'
import type { Kernels } from '../../src/ports/kernels.js'

/** What came of it. */
export interface HeartbeatResult {
  readonly pairs: number
  readonly sessions: number
  readonly heartbeats: number
  readonly delivered: number
  readonly events: number
  readonly traceHash: string
}

/** Lets `nodes` nodes connect to `degree` neighbours and send each a small message every second. */
export function heartbeats(
  simulate: typeof createSimulation,
  options: {
    readonly nodes: number
    readonly degree: number
    readonly seconds: number
    readonly seed?: number
    readonly link?: Partial<LinkConditions>
    readonly kernels?: Kernels
  },
): HeartbeatResult
