import { describe, expect, it } from 'vitest'
import { equalConstantTime } from '../../src/core/bytes.js'
import { createSimulation, SeededRandom, type SendRecord, type SimNode, type Simulation } from '../../src/sim/index.js'
import { DEFAULT_DIAL } from '../../src/protocols/dial/config.js'
import { ALL_WELL, ledger } from './support/ledger.js'

/** For networks so bad that minutes may pass between two usable connections. */
const STUBBORN = { giveUpMs: 900_000, dial: { ...DEFAULT_DIAL, maxBackoffMs: 2000 } }

function pair(options: Parameters<typeof createSimulation>[0] = {}): { sim: Simulation; a: SimNode; b: SimNode } {
  const sim = createSimulation({ keepEvents: 200, ...options })
  // Saves at once: a crash between a handler and its save would rightly run the handler again.
  const [a, b] = sim.addNodes(2, 'n', { diskMs: 0 }) as [SimNode, SimNode]
  a.keep(b)
  expect(sim.runUntil(() => a.isConnected(b) && b.isConnected(a), 60_000)).toBe(true)
  return { sim, a, b }
}

/** Sends `count` numbered messages, one every `everyMs`. */
function stream(sim: Simulation, a: SimNode, b: SimNode, count: number, everyMs: number, qos: 1 | 2): SendRecord[] {
  const records: SendRecord[] = []
  for (let i = 0; i < count; i++) sim.at(sim.nowMs + i * everyMs, () => records.push(a.send(b, 'n', `${i}`, { qos })))
  return records
}

describe('recovery', () => {
  it('[C7] resumes the session on a new carrier: streams and messages go on, nobody is told of a loss', () => {
    const { sim, a, b } = pair()
    const stream = a.openStream(b, 'file')!
    const bytes = new SeededRandom(1).fill(new Uint8Array(300_000))
    stream.write(bytes)
    stream.end()
    for (const afterMs of [50, 300, 600]) sim.at(sim.nowMs + afterMs, () => sim.cut(a, b))
    sim.run(20_000)
    expect(b.streams[0].ended).toBe(true)
    expect(equalConstantTime(b.streams[0].received(), bytes)).toBe(true)
    expect(a.sink.counts).toMatchObject({ connects: 1, disconnects: 0 })
    expect(b.sink.counts).toMatchObject({ connects: 1, disconnects: 0 })
    expect(a.sink.counts.carrierChanges).toBeGreaterThanOrEqual(4)
  })

  it('[C7] dials a lost peer again with growing pauses, and at once resumes when it is back', () => {
    const { sim, a, b } = pair()
    b.crash()
    sim.run(180_000)
    const attempts = a
      .explain(b)
      .attempts.filter(attempt => attempt.failure !== undefined)
      .map(attempt => attempt.wallMs)
    const gaps = attempts.slice(0, -1).map((at, i) => at - attempts[i + 1])
    expect(attempts.length).toBeGreaterThan(3)
    expect(Math.max(...gaps)).toBeGreaterThan(5000)
    expect(a.isConnected(b)).toBe(false)
    b.restart()
    expect(sim.runUntil(() => a.isConnected(b) && b.isConnected(a), 61_000)).toBe(true)
  })

  it.each([
    ['a machine that falls silent', (_sim: Simulation, _a: SimNode, b: SimNode) => b.crash(true)],
    ['a partition', (sim: Simulation, a: SimNode) => sim.partition([a])],
    ['a one-way partition', (sim: Simulation, a: SimNode, b: SimNode) => sim.block(b, a)],
  ])(
    '[C22] finds %s within ping interval and timeout, and gives the session up after the wait for a carrier',
    (_, fault) => {
      const { sim, a, b } = pair()
      sim.run(7000)
      const heardMs = a.peer(b)!.lastSeenMs - a.clock.now().wallMs + sim.nowMs
      fault(sim, a, b)
      expect(sim.runUntil(() => a.peer(b)!.state !== 'connected', 120_000)).toBe(true)
      expect(sim.nowMs - heardMs).toBeLessThanOrEqual(15_000 + 10_000 + 100)
      const lostMs = sim.nowMs
      expect(sim.runUntil(() => !a.isConnected(b), 120_000)).toBe(true)
      expect(sim.nowMs - lostMs).toBeLessThanOrEqual(30_000 + 100)
      expect(a.sink.disconnects.at(-1)!.reason.code).toBe('SESSION_LOST')
    },
  )

  it('[C29] [C30] [C41] at 30 % loss of packets every message arrives and every delivery is confirmed', () => {
    const { sim, a, b } = pair({ link: { loss: 0.3 } })
    const records = stream(sim, a, b, 300, 20, 1)
    sim.run(300_000)
    expect(ledger(b, 300, records)).toEqual(ALL_WELL)
    for (const record of records) expect(record.history).toEqual(['queued', 'sent', 'acknowledged'])
  })

  it.each([1, 2, 3])(
    '[C29] [C30] [C41] [C42] with three in ten writes lost and the carrier with them, all arrive, in order, once (seed %i)',
    seed => {
      const { sim, a, b } = pair({ seed, config: STUBBORN })
      sim.links({ cut: 0.3 })
      const records = stream(sim, a, b, 200, 1000, 2)
      sim.run(200_000)
      expect(sim.network.faults['cut']).toBeGreaterThan(50)
      sim.links({ cut: 0 })
      sim.run(90_000)
      expect(ledger(b, 200, records)).toEqual(ALL_WELL)
    },
  )

  it.each([11, 12, 13, 14])(
    '[C43] [C41] [C42] recovers by itself from cuts, crashes, restarts and partitions: nothing lost, doubled or out of order (seed %i)',
    seed => {
      const { sim, a, b } = pair({ seed })
      const random = new SeededRandom(seed)
      const records = stream(sim, a, b, 300, 100, 2)
      for (let at = 1000; at < 30_000; at += 500 + random.int(3000)) {
        const fault = random.int(3)
        if (fault === 0) sim.at(sim.nowMs + at, () => sim.cut(a, b))
        if (fault === 1) {
          sim.plan([
            { afterMs: at, fault: 'partition', groups: [['n0'], ['n1']] },
            { afterMs: at + 400, fault: 'heal' },
          ])
        }
        if (fault === 2) {
          sim.plan([
            { afterMs: at, fault: 'crash', node: 'n1', silent: random.chance(0.5) },
            { afterMs: at + 300, fault: 'restart', node: 'n1' },
          ])
        }
      }
      sim.run(240_000)
      expect(ledger(b, 300, records)).toEqual(ALL_WELL)
    },
  )

  it('[C24] a banned peer is refused, and let in again when the ban ends', () => {
    const sim = createSimulation()
    const [a, b] = sim.addNodes(2) as [SimNode, SimNode]
    const before = a.connect(b)
    sim.run(5000)
    expect(before.peer).toBe(b.id)
    b.ban(a, 60_000)
    sim.run(5000)
    expect(a.isConnected(b) || b.isConnected(a)).toBe(false)
    const during = a.connect(b, 10_000)
    sim.run(20_000)
    expect(during.done).toBe(true)
    expect(during.failure?.code).toMatch(/DENIED|TIMEOUT|UNREACHABLE/)
    expect(b.isConnected(a)).toBe(false)
    sim.run(60_000)
    const after = a.connect(b)
    sim.run(10_000)
    expect(after.peer).toBe(b.id)
  })
})
