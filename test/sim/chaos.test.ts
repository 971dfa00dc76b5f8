import { describe, expect, it } from 'vitest'
import { createSimulation, SeededRandom, type SendRecord, type SimNode, type Simulation } from '../../src/sim/index.js'

interface Sent {
  readonly record: SendRecord
  readonly label: string
}

/** Four nodes, each dialling some of the others. */
function mesh(seed: number, random: SeededRandom): { sim: Simulation; nodes: SimNode[] } {
  const link = { jitterMs: random.int(40), loss: random.pick([0, 0, 0.02]), fragment: 0.1 }
  const sim = createSimulation({ seed, link, config: { giveUpMs: 900_000 } })
  const nodes = sim.addNodes(4)
  for (const a of nodes) for (const b of nodes) if (a !== b && random.chance(0.7)) a.keep(b)
  return { sim, nodes }
}

/** Every node sends a qos-2 message to one of the others five times a second. */
function traffic(sim: Simulation, nodes: SimNode[], random: SeededRandom): Sent[] {
  const sent: Sent[] = []
  for (let i = 0; i < 100; i++) {
    for (const a of nodes) {
      sim.at(100 + i * 200 + random.int(50), () => {
        const b = random.pick(nodes.filter(node => node !== a))
        const label = `${a.name}>${b.name}:${i}`
        a.knows(b)
        sent.push({ label, record: a.send(b, 'm', label, { qos: 2 }) })
      })
    }
  }
  return sent
}

/** Cuts, partitions, one-way partitions and lossy links, one after another and over each other. */
function trouble(sim: Simulation, nodes: SimNode[], random: SeededRandom): void {
  for (let at = 500; at < 19_000; at += 200 + random.int(1500)) {
    const a = random.pick(nodes)
    const b = random.pick(nodes.filter(node => node !== a))
    const faults = [
      () => sim.cut(a, b),
      () => sim.partition([a]),
      () => sim.block(a, b),
      () => sim.link(a, b, { cut: 0.3 }),
      () => sim.heal(),
      () => sim.link(a, b, { cut: 0 }),
    ]
    sim.at(at, random.pick(faults))
  }
  sim.at(25_000, () => {
    sim.heal()
    for (const a of nodes) for (const b of nodes) if (a !== b) sim.link(a, b, { cut: 0 })
  })
}

describe('chaos', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    '[C43] [C41] [C42] four nodes under overlapping faults lose, double and reorder nothing (seed %i)',
    seed => {
      const random = new SeededRandom(`chaos ${seed}`)
      const { sim, nodes } = mesh(seed, random)
      const sent = traffic(sim, nodes, random)
      trouble(sim, nodes, random)
      sim.run(300_000)
      const arrived = nodes.flatMap(node => node.received.map(message => String.fromCharCode(...message.body)))
      const last = new Map<string, number>()
      const overtaken = arrived.filter(label => {
        const [path, number] = label.split(':') as [string, string]
        const before = last.get(path) ?? -1
        last.set(path, Number(number))
        return Number(number) < before
      })
      expect(sent).toHaveLength(400)
      expect(sent.filter(({ record }) => record.status !== 'acknowledged').map(({ label }) => label)).toEqual([])
      expect([...arrived].sort()).toEqual(sent.map(({ label }) => label).sort())
      expect(overtaken).toEqual([])
    },
  )
})
