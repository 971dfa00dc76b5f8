// One side of the measurement of memory: nodes or bare sockets, and what this process holds.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createNode } from '../../dist/platform/node.js'
import { heapClasses } from './classes.mjs'

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const NODE = { advertise: [], maxPeers: 4096, maxIdleTimeoutMs: 0, admission: { maxConnectionsPerHost: 100_000 } }

/** Nodes and sockets of this process by name of the set. */
const nodes = []
const sockets = []
const servers = []

export const side = {
  /** Makes so many nodes; with `scheme` they listen. Answers their addresses. */
  async nodes({ count, scheme }) {
    const made = []
    for (let i = 0; i < count; i++) {
      made.push(await createNode({ ...NODE, listen: scheme === undefined ? [] : [`${scheme}://127.0.0.1:0`] }))
      made[i].handle('echo', body => body)
    }
    nodes.push(...made)
    return made.map(node => `${node.addresses[0] ?? ''}#${node.id}`)
  },
  /** Connects each node to each address; each connection carries one request. */
  async connect({ addresses }) {
    for (const node of nodes) {
      await Promise.all(
        addresses.map(async address => {
          await node.connect(address)
          await node.request(address.split('#')[1], 'echo', 'hello')
        }),
      )
    }
  },
  async closeNodes() {
    await Promise.all(nodes.splice(0).map(node => node.close({ timeoutMs: 0 })))
  },
  /** A server of bare sockets; answers its port. */
  async serve() {
    const server = createServer({ noDelay: true }, socket => {
      socket.on('data', () => undefined)
      sockets.push(socket)
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server.address().port
  },
  async sockets({ port, count }) {
    for (let i = 0; i < count; i++) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.on('data', () => undefined)
      sockets.push(socket)
    }
  },
  async closeSockets() {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
  },
  /** What this process holds after several full collections. */
  async measure({ classes }) {
    for (let i = 0; i < 4; i++) {
      globalThis.gc()
      await pause(50)
    }
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
    return { heap: heapUsed, external, arrayBuffers, rss, classes: classes ? await heapClasses() : undefined }
  },
}

if (process.send !== undefined) {
  process.on('message', async ({ call, options }) => {
    try {
      process.send({ answer: await side[call](options ?? {}) })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
}
