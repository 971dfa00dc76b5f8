// A node of the built package in a process of its own, to be attacked: answers { ask } with what it holds.
import { createNode } from '../../dist/platform/node.js'

const options = JSON.parse(process.argv[2] ?? '{}')
const node = await createNode({ listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'], ...options })
const alarms = {}
node.on('error', ({ kind, error }) => (alarms[`${kind} ${error.code}`] = (alarms[`${kind} ${error.code}`] ?? 0) + 1))
let connects = 0
node.on('peer:connect', () => connects++)
node.handle('echo', body => body)
node.handle('large', size => new Uint8Array(Number(size)))
node.handle('slow', () => new Promise(resolve => setTimeout(resolve, 1000)))
node.handleStream('slow', () => new Promise(resolve => setTimeout(resolve, 1000)))
node.handleStream('silent', () => new Promise(resolve => setTimeout(resolve, 1000)))
const rejections = []
process.on('unhandledRejection', error => rejections.push(String(error)))

process.on('message', ({ id }) => {
  globalThis.gc?.()
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const { connections, carriers, kemOperations, handshakes } = node.diagnostics()
  const cpuMs = (user + system) / 1000
  const state = { connections, carriers, kemOperations, handshakes, connects, alarms, rejections, cpuMs }
  process.send({ id, result: { ...state, rss, heapUsed, external: external + arrayBuffers } })
})
process.on('disconnect', () => process.exit(0))
process.send({ ready: { id: node.id, tcp: node.addresses[0], ws: node.addresses[1] } })
