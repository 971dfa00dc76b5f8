import { afterEach } from 'vitest'
import type { HyphaeNode } from '../../../src/node/api/node.js'
import type { NodeOptions } from '../../../src/node/api/options.js'
import type { NodeEventMap, NodeEventType } from '../../../src/node/api/events.js'
import { createNode } from '../../../src/platform/node.js'
import { createMemoryNetwork } from '../../../src/transports/memory.js'

const open: HyphaeNode[] = []

/** Closes every node of a test after it. */
export function closeNodesAfterEach(): void {
  afterEach(async () => {
    await Promise.all(open.splice(0).map(node => node.close({ timeoutMs: 0 })))
  })
}

/** A node that is closed after the test. */
export async function start(options: NodeOptions = {}): Promise<HyphaeNode> {
  const node = await createNode(options)
  open.push(node)
  return node
}

/** Nodes on one memory network, the first of which listens; the others are connected to it. */
export async function meet(count = 2, options: NodeOptions = {}): Promise<HyphaeNode[]> {
  const network = createMemoryNetwork()
  const transports = [network.transport]
  const nodes = [await start({ ...options, transports, listen: ['memory://'] })]
  for (let i = 1; i < count; i++) {
    const node = await start({ ...options, transports })
    const arrived = next(nodes[0], 'peer:connect')
    await node.connect(nodes[0].addresses[0])
    await arrived
    nodes.push(node)
  }
  return nodes
}

/** Two nodes that are connected: who listened, who dialled. */
export async function pair(options: NodeOptions = {}): Promise<[HyphaeNode, HyphaeNode]> {
  const [a, b] = await meet(2, options)
  return [a, b]
}

/** The next event of a type. */
export function next<T extends NodeEventType>(node: HyphaeNode, type: T): Promise<Parameters<NodeEventMap[T]>[0]> {
  return new Promise(resolve => node.once(type, (event => resolve(event)) as NodeEventMap[T]))
}

/** Waits until something holds, looking again with each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}
