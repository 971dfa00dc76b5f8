import { describe, expect, it } from 'vitest'
import { equalConstantTime } from '../../src/core/bytes.js'
import { loadKernels } from '../../src/kernels/index.js'
import { createSimulation, SeededRandom, type SendRecord, type SimNode, type Simulation } from '../../src/sim/index.js'
import { DEFAULT_DIAL } from '../../src/protocols/dial/config.js'
import { ALL_WELL, ledger } from './support/ledger.js'

/** Bytes of ATTACH, OK and DONE together. */
const EXCHANGE_BYTES = 64 + 56 + 32

function pair(options: Parameters<typeof createSimulation>[0] = {}): { sim: Simulation; a: SimNode; b: SimNode } {
  const sim = createSimulation(options)
  const [a, b] = sim.addNodes(2) as [SimNode, SimNode]
  a.keep(b)
  expect(sim.runUntil(() => a.isConnected(b) && b.isConnected(a), 10_000)).toBe(true)
  sim.run(500)
  return { sim, a, b }
}

describe('change of carrier', () => {
  it('[§6.21] [C7] a socket cut at every byte of an ATTACH exchange and of what is resent loses and doubles nothing', () => {
    const bytes = new SeededRandom('file').fill(new Uint8Array(3000))
    for (let cutAt = 0; cutAt < EXCHANGE_BYTES + 250; cutAt++) {
      const { sim, a, b } = pair({ seed: cutAt })
      const stream = a.openStream(b, 'file')!
      stream.write(bytes.subarray(0, 2000))
      for (let i = 0; i < 5; i++) {
        a.send(b, 'n', `${i}`, { qos: 2 })
        b.send(a, 'n', `${i}`, { qos: 2 })
      }
      // What was just written is lost with the first carrier; the second one is cut at the chosen byte.
      sim.run(1)
      sim.cut(a, b)
      sim.cutAfter(a, b, cutAt)
      sim.run(60)
      for (let i = 5; i < 10; i++) {
        a.send(b, 'n', `${i}`, { qos: 2 })
        b.send(a, 'n', `${i}`, { qos: 2 })
      }
      stream.write(bytes.subarray(2000))
      stream.end()
      sim.run(20_000)
      expect(sim.network.faults['cut'], `cut at byte ${cutAt}`).toBe(1)
      expect(ledger(b, 10), `cut at byte ${cutAt}`).toEqual(ALL_WELL)
      expect(ledger(a, 10), `cut at byte ${cutAt}`).toEqual(ALL_WELL)
      expect(equalConstantTime(b.streams[0].received(), bytes), `cut at byte ${cutAt}`).toBe(true)
      expect(a.sink.counts, `cut at byte ${cutAt}`).toMatchObject({ connects: 1, disconnects: 0 })
      expect(b.sink.counts, `cut at byte ${cutAt}`).toMatchObject({ connects: 1, disconnects: 0 })
    }
  })

  it('[C7] a session moves to another address without interruption', () => {
    const { sim, a, b } = pair()
    b.listen('sim://second-door')
    const stream = a.openStream(b, 'file')!
    const bytes = new SeededRandom('file').fill(new Uint8Array(200_000))
    stream.write(bytes)
    sim.run(30)
    const moved = a.migrate(b, 'sim://second-door')
    stream.end()
    sim.run(5000)
    expect(moved).toMatchObject({ done: true, peer: b.id })
    expect(a.peer(b)!.address).toBe('sim://second-door')
    expect(equalConstantTime(b.streams[0].received(), bytes)).toBe(true)
    expect(b.streams[0].ended).toBe(true)
    expect(a.sink.counts).toMatchObject({ connects: 1, disconnects: 0 })
    expect([a.host.ends.size, b.host.ends.size]).toEqual([1, 1])
  })
})

describe('bits flipped on the way', () => {
  it.each([1, 2, 3])(
    '[C47] [D7] are noticed: the carrier is given up, never is a wrong byte delivered, everything arrives (seed %i)',
    seed => {
      const { sim, a, b } = pair({
        seed,
        kernels: loadKernels(),
        config: { giveUpMs: 900_000, dial: { ...DEFAULT_DIAL, maxBackoffMs: 2000 } },
      })
      sim.links({ bitFlip: 0.15, fragment: 0.2 })
      const bytes = new SeededRandom(seed).fill(new Uint8Array(400_000))
      const stream = a.openStream(b, 'file')
      stream?.write(bytes)
      stream?.end()
      const records: SendRecord[] = []
      for (let i = 0; i < 100; i++) {
        sim.at(sim.nowMs + i * 200, () => records.push(a.send(b, 'n', `${i}`, { qos: 2 })))
      }
      sim.run(20_000)
      expect(sim.network.faults['bit-flip']).toBeGreaterThan(5)
      sim.links({ bitFlip: 0 })
      sim.run(120_000)
      const got = b.streams[0].received()
      expect(equalConstantTime(got, bytes.subarray(0, got.length))).toBe(true)
      expect(ledger(b, 100, records)).toEqual(ALL_WELL)
      const noticed = [...a.sink.incidents, ...b.sink.incidents].filter(incident => incident.kind === 'carrier')
      expect(noticed.length).toBeGreaterThan(0)
      if (a.sink.counts.disconnects === 0) expect(got).toHaveLength(bytes.length)
    },
  )
})
