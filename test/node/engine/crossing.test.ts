import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EngineNet, seededRandom } from '../../support/engine-net.js'

describe('dials that cross', () => {
  it('leave exactly one session, lose and double nothing of qos ≥ 1, and both callers hear of it', () => {
    const run = fc.record({
      gapMs: fc.integer({ min: 0, max: 30 }),
      fromA: fc.integer({ min: 1, max: 12 }),
      fromB: fc.integer({ min: 1, max: 12 }),
      jitterMs: fc.integer({ min: 0, max: 4 }),
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      acquainted: fc.boolean(),
      swapped: fc.boolean(),
    })
    fc.assert(
      fc.property(run, ({ gapMs, fromA, fromB, jitterMs, seed, acquainted, swapped }) => {
        const net = new EngineNet()
        const [first, second] = swapped ? ['b', 'a'] : ['a', 'b']
        const a = net.node(first)
        const b = net.node(second)
        if (acquainted) {
          a.connect(b)
          net.run(50)
          a.turn(() => a.engine.disconnect(b.id, { code: 'CLOSED', text: '' }, net.time))
          net.run(50)
          a.connects.length = 0
          a.log.length = 0
        }
        const random = seededRandom(seed)
        const jitter = (): number => (random.fill(new Uint8Array(1))[0] / 256) * jitterMs
        let last = 0
        net.latency = from => {
          // Ordered carriers: nothing overtakes.
          const at = Math.max(last, net.monoMs + (from === a ? fromA : fromB) + (jitterMs === 0 ? 0 : jitter()))
          if (jitterMs > 0) last = at
          return at - net.monoMs
        }
        a.connect(b)
        for (let i = 0; i < 20; i++) a.send(b, 'n', Uint8Array.of(i), i % 2 === 0 ? 1 : 2)
        net.run(gapMs)
        b.connect(a)
        for (let i = 0; i < 20; i++) b.send(a, 'n', Uint8Array.of(i), i % 2 === 0 ? 1 : 2)
        // Both hear of it at once: nobody waits out the time for a dial that is not needed any more.
        net.run(1_000)
        expect(a.connects).toMatchObject([{ peer: b.id, failure: undefined }])
        expect(b.connects).toMatchObject([{ peer: a.id, failure: undefined }])
        net.run(8_000)
        for (const node of [a, b]) {
          expect(node.messages.map(message => message.body[0])).toEqual([...Array(20).keys()])
          expect(node.statuses.filter(one => one.status === 'failed')).toEqual([])
          const { links, connected, losers, attempts, waiters, unconfirmed } = node.engine.sizes
          expect({ links, connected, losers, attempts, waiters, unconfirmed }).toEqual({
            links: 1,
            connected: 1,
            losers: 0,
            attempts: 0,
            waiters: 0,
            unconfirmed: 0,
          })
        }
      }),
      { numRuns: 150, seed: 2 },
    )
  }, 60_000)

  it('[C42] come to one session without loss or repetition although all carriers are cut at any moment', () => {
    const times = fc.record({
      gapMs: fc.integer({ min: 0, max: 12 }),
      cutMs: fc.integer({ min: 1, max: 40 }),
      again: fc.integer({ min: 1, max: 40 }),
    })
    fc.assert(
      fc.property(times, ({ gapMs, cutMs, again }) => {
        const net = new EngineNet()
        const a = net.node('a')
        const b = net.node('b')
        a.engine.addAddress(b.id, b.address)
        b.engine.addAddress(a.id, a.address)
        a.engine.keep(b.id, true)
        for (let i = 0; i < 10; i++) a.send(b, 'n', Uint8Array.of(i), 2)
        net.run(gapMs)
        b.connect(a)
        for (let i = 0; i < 10; i++) b.send(a, 'n', Uint8Array.of(i), 2)
        for (const ms of [cutMs, again]) {
          net.run(ms)
          for (const pipe of [...a.pipes.values()]) net.cut(pipe)
        }
        net.run(45_000)
        for (const node of [a, b]) {
          expect(node.messages.map(message => message.body[0])).toEqual([...Array(10).keys()])
          const { links, connected, losers, attempts } = node.engine.sizes
          expect({ links, connected, losers, attempts }).toEqual({ links: 1, connected: 1, losers: 0, attempts: 0 })
          // The address book says the same.
          expect(node.engine.explain(node === a ? b.id : a.id, net.time).state).toBe('connected')
        }
      }),
      { numRuns: 150, seed: 5 },
    )
  }, 60_000)
})
