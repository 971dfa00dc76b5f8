import { concat } from '../../../src/core/bytes.js'
import type { End, EndOwner } from '../../../src/sim/net/end.js'
import type { SimHost } from '../../../src/sim/net/host.js'
import type { LinkConditions } from '../../../src/sim/net/conditions.js'
import { World } from '../../../src/sim/world.js'

/** Writes down everything an end tells. */
export class Ear implements EndOwner {
  readonly chunks: Uint8Array[] = []
  readonly events: string[] = []
  /** Virtual time of each chunk. */
  readonly times: number[] = []
  onData: (end: End) => void = () => undefined

  constructor(private readonly world: World) {}

  get bytes(): Uint8Array {
    return concat(...this.chunks)
  }

  endOpen(_end: End): void {
    this.events.push('open')
  }

  endFailed(_end: End, code: string, text: string): void {
    this.events.push(`failed ${code} ${text}`)
  }

  endData(end: End, buffer: Uint8Array, from: number, to: number): void {
    this.chunks.push(buffer.slice(from, to))
    this.times.push(this.world.nowMs)
    // The receiver may change what it gets; the next one must not see that.
    buffer.fill(0xee, from, to)
    this.onData(end)
  }

  endDrained(): void {
    this.events.push('drained')
  }

  endClosed(_end: End, reason: string | undefined): void {
    this.events.push(`closed ${reason ?? 'orderly'}`)
  }
}

/** Two hosts and a connection between them. */
export interface Wire {
  readonly world: World
  readonly a: SimHost
  readonly b: SimHost
  readonly near: End
  readonly far: () => End
  readonly nearEar: Ear
  readonly farEar: Ear
}

/** Dials from `a` to `b`; the connection is open when it returns, unless `open` is false. */
export function wire(link: Partial<LinkConditions> = {}, seed: string | number = 1, scheme = 'sim', open = true): Wire {
  const world = new World({ seed, link, keepEvents: 50 })
  const a = world.network.addHost('a')
  const b = world.network.addHost('b')
  const nearEar = new Ear(world)
  const farEar = new Ear(world)
  let far: End | undefined
  world.network.listen(b, `${scheme}://b`, {
    accepted: end => {
      far = end
      end.bind(farEar)
    },
  })
  const near = world.network.dial(a, `${scheme}://b`, nearEar, 0, 10_000)
  if (open && !world.runUntil(() => near.isOpen, 10_000)) throw new Error('the connection did not open')
  return {
    world,
    a,
    b,
    near,
    nearEar,
    farEar,
    far: () => {
      if (far === undefined) throw new Error('nobody was accepted')
      return far
    },
  }
}
