// What the workers of a member do, each step chosen by its seed.
import { Received, audit, sendBurst } from './messages.mjs'
import { runStream, takeStream } from './streams.mjs'

const CONNECT_MS = 10_000
const STREAM_MODES = ['whole', 'whole', 'whole', 'reset', 'cancel', 'close']

/** What a node of a run serves. */
export function serve(node, ledger) {
  const received = new Received()
  const startedMs = Date.now()
  node.handle('echo', body => body)
  node.handle('slow', async ({ ms }, { signal }) => {
    await new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()))
    })
    return ms
  })
  node.handle('note', body => received.note(body))
  node.handle('audit', ({ burst }) => ({ ...received.take(burst), startedMs }))
  node.handleStream('pipe', stream => takeStream(stream, ledger))
  node.on('datagram', () => ledger.done('datagrams received'))
  node.on('error', ({ kind, error }) => ledger.failed(`event ${kind}`, error))
}

let bursts = 0

async function askAudit(node, peer, burst, sinceMs) {
  const told = await node.request(peer, 'audit', { burst }, { timeoutMs: 10_000 })
  // Another run of the receiver knows nothing of what the former one got.
  return told.startedMs > sinceMs ? undefined : told
}

/** The kinds of work, each with how often it is chosen. */
export const WORK = {
  request: [30, request],
  slow: [4, slowRequest],
  burst: [12, burst],
  broadcast: [4, broadcast],
  stream: [14, stream],
  datagram: [4, datagram],
  ping: [3, ({ node }, { id }) => node.ping(id, { timeoutMs: CONNECT_MS })],
  disconnect: [2, reconnect],
}

async function request({ node }, { id }, random, ledger) {
  const body = { n: random.seed(), fill: new Uint8Array(random.size(100_000)).fill(random.whole(0, 255)) }
  const startMs = performance.now()
  const answer = await node.request(id, 'echo', body, { timeoutMs: 10_000, priority: random.whole(0, 3) })
  ledger.took(performance.now() - startMs)
  const same = answer.n === body.n && Buffer.compare(answer.fill, body.fill) === 0
  if (!same) ledger.problem('a request was answered with another body')
}

/** Requests that time out or are given up while they are at work. */
async function slowRequest({ node }, { id }, random, ledger) {
  const ms = random.whole(1, 200)
  const signal = random.chance(0.5) ? AbortSignal.timeout(random.whole(1, 100)) : undefined
  const timeoutMs = random.whole(1, 300)
  const answer = await node.request(id, 'slow', { ms }, { timeoutMs, signal })
  if (answer !== ms) ledger.problem('a slow request got the answer of another')
}

async function burst({ node }, { id }, random, ledger) {
  const name = `${process.pid}/${++bursts}`
  const shape = { qos: random.whole(0, 2), priority: random.whole(0, 3), count: random.whole(1, 60) }
  const startMs = Date.now()
  const acknowledged = await sendBurst(node, id, random, name, shape, ledger)
  const told = await askAudit(node, id, name, startMs)
  const wrong = told && audit(shape.qos, shape.count, acknowledged, told)
  if (wrong !== undefined) ledger.problem(`burst ${name}: ${wrong}`)
  if (told !== undefined) ledger.done('bursts audited')
}

async function broadcast({ node }, _peer, random, ledger) {
  const name = `${process.pid}/${++bursts}`
  const qos = random.whole(1, 2)
  const startMs = Date.now()
  const body = { burst: name, number: 0, fill: new Uint8Array(random.size(1000)) }
  const { outcomes } = await node.broadcast('note', body, { qos, lifetimeMs: 15_000 })
  for (const { peer, status, error } of outcomes) {
    if (error !== undefined) ledger.failed('broadcast', error)
    if (status !== 'acknowledged') continue
    const told = await askAudit(node, peer, name, startMs)
    const wrong = told && audit(qos, 1, [0], told)
    if (wrong !== undefined) ledger.problem(`broadcast ${name}: ${wrong}`)
  }
}

async function stream({ node }, { id }, random, ledger) {
  const opened = await node.open(id, 'pipe', { timeoutMs: CONNECT_MS, priority: random.whole(0, 3) })
  await runStream(opened, random, random.pick(STREAM_MODES), ledger)
}

async function datagram({ node }, { id }, random) {
  node.datagram(id, new Uint8Array(random.whole(1, 1200)))
}

async function reconnect({ node }, { id, addresses }, random) {
  node.disconnect(id)
  await node.connect(random.pick(addresses), { timeoutMs: CONNECT_MS })
}
