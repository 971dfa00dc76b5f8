// One process of a soak: nodes, workers that use them, and a sample of itself whenever it is asked.
import { createNode, identities } from '../../dist/platform/node.js'
import { Ledger } from './ledger.mjs'
import { serve, WORK } from './load.mjs'
import { randomOf } from './random.mjs'

const NODES = 3
/** The last node of each member is closed and opened again, with the same identity. */
const VOLATILE = NODES - 1
const WORKERS = 10
/** No step may take longer, whatever is cut: sessions wait 30 s for a new carrier. */
const HANG_MS = 60_000
const SHORTEST_CERTIFICATE_MS = 60_000

const seed = Number(process.argv[2])
const random = randomOf(seed)
const ledger = new Ledger()
const kept = Array.from({ length: NODES }, () => identities.create())
const nodes = []
let peers = []
let stopping = false
let workers = []
let reopening = Promise.resolve()

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function openNode(index) {
  const node = await createNode({
    identity: kept[index],
    listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'],
    advertise: [],
    certificateLifetimeMs: SHORTEST_CERTIFICATE_MS,
    keepAliveIntervalMs: 2_000,
    pingTimeoutMs: 4_000,
    admission: { exemptLoopback: true, maxConnectionsPerHost: 1024 },
  })
  serve(node, ledger)
  const ports = Object.fromEntries(node.addresses.map(address => address.match(/^(\w+):.*:(\d+)/).slice(1)))
  nodes[index] = { node, ports }
  for (const { id, addresses } of peers) for (const address of addresses) node.addAddress(id, address.split('#')[0])
  return { index, id: node.id, ports }
}

/** Runs a step; one that does not end is a hang. */
async function watched(kind, work) {
  let timer
  const hang = new Promise((_, reject) => {
    timer = setTimeout(() => {
      ledger.problem(`${kind} did not end within ${HANG_MS} ms`)
      reject(Object.assign(new Error('it hangs'), { code: 'HANG' }))
    }, HANG_MS)
  })
  try {
    await Promise.race([work(), hang])
    ledger.done(kind)
  } catch (error) {
    ledger.failed(kind, error)
  } finally {
    clearTimeout(timer)
  }
}

const total = Object.values(WORK).reduce((sum, [weight]) => sum + weight, 0)
function chooseWork(choice) {
  let left = choice * total
  for (const [kind, [weight, run]] of Object.entries(WORK)) if ((left -= weight) < 0) return [kind, run]
  throw new Error('unreachable')
}

async function worker(own) {
  while (!stopping) {
    const [kind, run] = chooseWork(own.next())
    const from = own.pick(nodes)
    const to = own.pick(peers)
    await watched(kind, async () => run(from, to, own, ledger))
    await pause(own.whole(0, 15))
  }
}

/** Closes and opens the volatile node again and again, now with patience and now without. */
async function reopen(own) {
  while (!stopping) {
    await pause(own.whole(4_000, 12_000))
    if (stopping) return
    await watched('close', () => nodes[VOLATILE].node.close({ timeoutMs: own.pick([0, 50, 500]) }))
    await watched('open', async () => process.send({ reopened: await openNode(VOLATILE) }))
  }
}

async function sample() {
  for (let i = 0; i < 2; i++) {
    globalThis.gc()
    await pause(5)
  }
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage()
  const seen = nodes.flatMap(({ node }) => node.peers())
  return {
    heapUsed,
    rss,
    external,
    arrayBuffers,
    handles: process.getActiveResourcesInfo().length,
    sessions: seen.filter(({ state }) => state !== 'disconnected').length,
    streams: seen.reduce((sum, { streams }) => sum + streams, 0),
    ...ledger.take(),
  }
}

async function stop() {
  stopping = true
  await Promise.all([...workers, reopening])
  await watched('last close', () => Promise.all(nodes.map(({ node }) => node.close({ timeoutMs: 2000 }))))
  for (const closed of nodes.splice(0)) closed.node = undefined
  await pause(200)
  // Nothing but the pipes of this process may be left: no socket, no server, no timer that holds it alive.
  const left = process.getActiveResourcesInfo().filter(name => /TCP|Server|Timeout|Immediate/.test(name))
  if (left.length > 0) ledger.problem(`left running after every node was closed: ${left.join(', ')}`)
}

const CALLS = {
  open: () => Promise.all(kept.map((_, index) => openNode(index))),
  async go(given) {
    peers = given
    for (const { node } of nodes) {
      for (const { id, addresses } of peers) for (const address of addresses) node.addAddress(id, address.split('#')[0])
    }
    workers = Array.from({ length: WORKERS }, () => worker(randomOf(random.seed())))
    reopening = reopen(randomOf(random.seed()))
  },
  sample,
  stop,
}

process.on('message', async ({ number, call, given }) => {
  process.send({ number, answer: (await CALLS[call](given)) ?? null })
  if (call === 'leave') process.disconnect()
})
CALLS.leave = async () => undefined
