import { expectEqual, TIMEOUT_MS } from '../common.mjs'

/** A minute of twelve nodes with loss and jitter. @returns the hash of everything that happened */
export function simulate({ createSimulation }) {
  const sim = createSimulation({ seed: 7, link: { latencyMs: 30, loss: 0.02 } })
  const nodes = sim.addNodes(12)
  for (const node of nodes) node.handle('echo', request => request.body)
  nodes.forEach((node, i) => node.connect(nodes[(i + 1) % nodes.length]))
  sim.run(1000)
  for (let second = 0; second < 60; second++) {
    nodes.forEach((node, i) => node.request(nodes[(i + 1) % nodes.length], 'echo', `${second}`))
    sim.run(1000)
  }
  return sim.traceHash()
}

/** Equal seeds give equal runs in every runtime. */
export async function simulation({ library, node, peer }) {
  const here = simulate(library)
  const there = await node.request(peer, 'simulation', undefined, { timeoutMs: TIMEOUT_MS })
  expectEqual(here, there, 'hash of the simulation here and on Node')
}
