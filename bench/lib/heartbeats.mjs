/**
 * Lets `nodes` nodes connect to about `degree` neighbours and send each a small message every second.
 *
 * @param {typeof import('../../dist/sim/index.js').createSimulation} createSimulation
 * @param {{ nodes: number, degree: number, seconds: number, seed?: number, link?: object, kernels?: object }} options
 */
export function heartbeats(createSimulation, { nodes, degree, seconds, seed = 1, link, kernels }) {
  const sim = createSimulation({ seed, link: { latencyMs: 20, jitterMs: 10, ...link }, ...(kernels && { kernels }) })
  const all = sim.addNodes(nodes, 'n', { diskMs: false })
  const neighbours = new Map(all.map(node => [node, []]))
  for (const node of all) node.sink.keepReceived = false
  const pairs = sim.connectRandomly(degree)
  for (const [a, b] of pairs) {
    neighbours.get(a).push(b.id)
    neighbours.get(b).push(a.id)
  }
  sim.run(5000)
  const sessions = pairs.filter(([a, b]) => a.isConnected(b) && b.isConnected(a)).length
  const body = new TextEncoder().encode('heartbeat of one node to another')
  let sent = 0
  for (const [i, node] of all.entries()) {
    const beat = () => {
      for (const peer of neighbours.get(node)) node.cast(peer, 'beat', body)
      sent += neighbours.get(node).length
    }
    for (let second = 0; second < seconds; second++) sim.at(5000 + second * 1000 + (i * 1000) / nodes, beat)
  }
  sim.run(seconds * 1000)
  sim.run(1000)
  const delivered = all.reduce((sum, node) => sum + node.sink.counts.messages, 0)
  return {
    pairs: pairs.length,
    sessions,
    heartbeats: sent,
    delivered,
    events: sim.handled,
    traceHash: sim.traceHash(),
  }
}
