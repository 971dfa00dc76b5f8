import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { DEFAULT_ADMISSION } from '../../../src/protocols/admission/config.js'
import { EngineNet, type TestNode } from '../../support/engine-net.js'

const BYE = { code: 'CLOSED', text: 'bye' } as const
const admission = { ...DEFAULT_ADMISSION, hostRate: { perSecond: 1000, burst: 1000 } }

/** One way in which two nodes meet and part. */
type Cycle = (net: EngineNet, a: TestNode, b: TestNode) => void

const disconnect = (net: EngineNet, from: TestNode, to: TestNode): void =>
  from.turn(() => from.engine.disconnect(to.id, BYE, net.time))

const cutAll = (net: EngineNet, node: TestNode): void => {
  for (const pipe of [...node.pipes.values()]) net.cut(pipe)
}

const CYCLES: readonly Cycle[] = [
  (net, a, b) => {
    a.connect(b)
    net.run(50)
    disconnect(net, a, b)
  },
  (net, a, b) => {
    b.connect(a)
    net.run(50)
    a.request(b, 'echo', utf8('x'))
    a.turn(() => a.engine.openStream(b.id, 's', 1, net.time))
    net.run(10)
    cutAll(net, a)
    net.run(400)
    disconnect(net, b, a)
  },
  (net, a, b) => {
    a.connect(b)
    b.connect(a)
    net.run(3500)
    disconnect(net, b, a)
  },
  (net, a, b) => {
    // Early data whose handler never answers, and some that is answered.
    const early = (name: string): number =>
      a.turn(() => a.engine.request(b.id, name, utf8('e'), { priority: 1, timeoutMs: 300, idempotent: true }, net.time))
    early('never')
    early('echo')
    const gone = early('echo')
    a.turn(() => a.engine.cancel(b.id, gone, net.time))
    net.run(200)
    disconnect(net, a, b)
    net.run(400)
  },
  (net, a, b) => {
    const token = a.connect(b)
    a.turn(() => a.engine.cancelConnect(token, net.time))
    net.run(20)
    disconnect(net, a, b)
  },
  (net, a, b) => {
    // A dial that is cut in the middle of the handshake, in both directions.
    a.connect(b)
    net.run(3)
    cutAll(net, a)
    b.connect(a)
    net.run(4)
    cutAll(net, b)
    net.run(200)
    disconnect(net, a, b)
    disconnect(net, b, a)
  },
  (net, a, b) => {
    a.connect(b)
    net.run(20)
    b.send(a, 'n', utf8('x'), 2)
    a.crash()
    net.run(1)
    a.restart()
    b.turn(() => b.engine.openStream(a.id, 's', 1, net.time))
    a.connect(b)
    net.run(3000)
    disconnect(net, b, a)
  },
]

describe('tables', () => {
  it('2,000 connects, attaches and crashes leave every table as it was', () => {
    const net = new EngineNet()
    const a = net.node('a', { admission })
    const b = net.node('b', { admission })
    const rest = (): Record<string, number>[] => {
      disconnect(net, a, b)
      net.run(700_000)
      return [{ ...a.engine.sizes }, { ...b.engine.sizes }]
    }
    const round = (count: number): void => {
      for (let i = 0; i < count; i++) {
        CYCLES[i % CYCLES.length](net, a, b)
        net.run(150)
      }
    }
    round(3 * CYCLES.length)
    // What a restarted node begins without, it has again after a round.
    const before = rest()
    round(286 * CYCLES.length)
    const after = rest()
    expect(after).toEqual(before)
    for (const sizes of after) {
      const { peers, heldTickets, inboxes, ...others } = sizes
      expect(peers).toBe(1)
      expect(heldTickets).toBeLessThanOrEqual(1)
      expect(inboxes).toBe(0)
      expect(Object.entries(others).filter(([, size]) => size !== 0)).toEqual([])
    }
    expect(b.connected.length).toBeGreaterThan(1500)
    expect(a.engine.nextDeadline()).toBeUndefined()
  }, 120_000)
})
