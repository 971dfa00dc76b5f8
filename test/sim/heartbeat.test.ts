import { describe, expect, it } from 'vitest'
import { createSimulation } from '../../src/sim/index.js'

describe('heartbeats', () => {
  it('[C15] prove that a silent peer lives: it is seen at every interval, and nobody gives it up', () => {
    const sim = createSimulation({ seed: 3, config: { pingIntervalMs: 5000, pingTimeoutMs: 2000, idleTimeoutMs: 0 } })
    const [a, b] = sim.addNodes(2)
    a.connect(b)
    sim.run(1000)
    for (let minute = 0; minute < 5; minute++) {
      sim.run(60_000)
      for (const [one, other] of [
        [a, b],
        [b, a],
      ]) {
        const peer = one.peer(other)
        expect(peer?.state).toBe('connected')
        expect(one.clock.now().wallMs - (peer?.lastSeenMs ?? 0)).toBeLessThanOrEqual(5000 + 100)
      }
    }
    expect(a.sink.disconnects).toEqual([])
    expect(a.peer(b)?.rttMs).toBeGreaterThanOrEqual(40)
  })
})
