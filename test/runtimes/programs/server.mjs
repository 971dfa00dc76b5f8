// The Node that every runtime connects to. Each runtime gets addresses of its own, through a relay that can cut them.
// Its one argument is JSON, `{ names, tls: { ca, cert, key } }`; it prints one JSON line with the addresses and ends when
// its input does.
import { createHash } from 'node:crypto'
import { createConnection, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { createNode, method, service } from 'hyphae'
import { createSimulation } from 'hyphae/testing'
import { tcp } from 'hyphae/transports/tcp'
import { websocket } from 'hyphae/transports/websocket'
import { MIB, pattern, TIMEOUT_MS } from './common.mjs'
import { greeter } from './steps/messages.mjs'
import { simulate } from './steps/simulation.mjs'

const STREAM_BYTES = 16 * MIB
const CHUNK_BYTES = 64 * 1024

const { names, tls } = JSON.parse(process.argv[2])
const { ca, cert, key } = tls

const sha256 = bytes => createHash('sha256').update(bytes).digest()
const source = pattern(STREAM_BYTES, 3)
const node = await createNode({
  transports: [websocket({ tls: { cert, key } }), tcp({ tls: { cert, key } })],
  listen: ['ws', 'tcp', 'wss', 'tls'].map(scheme => `${scheme}://127.0.0.1:0`),
})

/** A relay in front of a port, so that sockets can be cut without either end having a hand in it. */
async function relay(port) {
  const sockets = new Set()
  const server = createServer({ noDelay: true }, inner => {
    const outer = createConnection({ port, host: '127.0.0.1', noDelay: true })
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    const count = sockets.size
    for (const socket of sockets) socket.resetAndDestroy()
    return count
  }
  return { port: server.address().port, cut, close: () => server.close() }
}

const relays = new Map()
const addresses = {}
for (const name of names) {
  addresses[name] = {}
  for (const address of node.addresses) {
    const { protocol, port, pathname } = new URL(address)
    const made = await relay(Number(port))
    relays.set(`${name} ${protocol}`, made)
    addresses[name][protocol.slice(0, -1)] = `${protocol}//127.0.0.1:${made.port}${pathname}#${node.id}`
  }
}

/** Streams whose reader waits for a word, and how far each writer got. */
const sinks = new Map()
const sources = new Map()
const keyOf = (peer, id) => `${peer} ${id}`
const find = (map, peer, id) => {
  const found = map.get(keyOf(peer, id))
  if (!found) throw new Error(`no stream ${id}`)
  return found
}

node.handle('echo', body => body)
node.handle('attached', () => node.diagnostics().handshakes.attached)
// All relays: only one runtime is at work at a time, and the answer arrives over the next carrier.
node.handle('cut', () => [...relays.values()].reduce((sum, { cut }) => sum + cut(), 0))
node.handle('sink:unread', (id, { peer }) => find(sinks, peer, id).stream.unreadBytes)
node.handle('sink:go', (id, { peer }) => find(sinks, peer, id).go())
node.handle('source:sent', (id, { peer }) => find(sources, peer, id).bytes)
node.handle('source:hash', () => sha256(source).toString('hex'))
node.handle('simulation', () => simulate({ createSimulation }))
node.serve(greeter({ method, service }, name => `hello ${name}`))
node.on('datagram', ({ peer, body }) => node.datagram(peer, body))

/** What came in the one-way messages of a peer, until it is taken. */
const inboxes = new Map()
node.handle('inbox', (body, { peer }) => void inboxes.set(peer, [...(inboxes.get(peer) ?? []), body]))
node.handle('inbox:take', (_, { peer }) => {
  const inbox = inboxes.get(peer) ?? []
  inboxes.delete(peer)
  return inbox
})
node.handleStream('echo', ({ readable, writable }) => readable.pipeTo(writable))

node.handleStream('sink', async stream => {
  const gate = new Promise(go => sinks.set(keyOf(stream.peer, stream.id), { stream, go }))
  await gate
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of stream.readable) {
    hash.update(chunk)
    if (Math.floor((length + chunk.length) / MIB) > Math.floor(length / MIB)) await delay(5)
    length += chunk.length
  }
  const writer = stream.writable.getWriter()
  await writer.write(hash.digest())
  await writer.close()
})

node.handleStream('source', async stream => {
  const progress = { bytes: 0 }
  sources.set(keyOf(stream.peer, stream.id), progress)
  const writer = stream.writable.getWriter()
  for (; progress.bytes < STREAM_BYTES; progress.bytes += CHUNK_BYTES) {
    await writer.write(source.subarray(progress.bytes, progress.bytes + CHUNK_BYTES))
  }
  await writer.close()
})

/** Listeners that a careful dialler tells apart: one of TLS 1.2, one that asks for a certificate, one of a stranger. */
const old = createTlsServer({ cert, key, maxVersion: 'TLSv1.2' }, socket => socket.destroy())
old.on('tlsClientError', () => undefined)
await new Promise(resolve => old.listen(0, '127.0.0.1', resolve))
const mutual = await createNode({
  transports: [tcp({ tls: { ca, cert, key, requireClientCertificate: true } })],
  listen: ['tls://127.0.0.1:0'],
})
const foreign = await createNode({
  transports: [websocket({ tls: { cert: tls.foreignCert, key: tls.foreignKey } })],
  listen: ['wss://127.0.0.1:0'],
})
node.handle('tls:places', () => ({
  old: `tls://127.0.0.1:${old.address().port}`,
  mutual: mutual.addresses[0],
  foreign: foreign.addresses[0],
}))

/** Peers with roots of the other suites, which lean runtimes refuse. */
const strong = []
for (const suite of [2, 3]) {
  const other = await createNode({ identity: { suite }, transports: [websocket()], listen: ['ws://127.0.0.1:0'] })
  other.handle('echo', body => body)
  strong.push(other)
}
node.handle('strong:places', () => strong.map(({ id, addresses: [address] }) => `${address}#${id}`))

/** How a listener of the runtime takes an old client, and clients with and without a certificate. */
node.handle('tls:probe', async address => ({
  old: await versionOf(new URL(address).port),
  without: await dialOutcome(address, { ca }),
  withCertificate: await dialOutcome(address, { ca, cert, key }),
}))

function versionOf(port) {
  return new Promise(resolve => {
    const socket = connectTls({ port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.2' }, () => {
      resolve(socket.getProtocol())
      socket.destroy()
    })
    socket.on('error', () => resolve('refused'))
    socket.setTimeout(5000, () => socket.destroy(new Error('silence')))
  })
}

async function dialOutcome(address, tlsOptions) {
  const dialler = await createNode({ transports: [websocket({ tls: tlsOptions }), tcp({ tls: tlsOptions })] })
  const outcome = await dialler.connect(address, { timeoutMs: 5000 }).then(
    () => 'connected',
    () => 'refused',
  )
  await dialler.close({ timeoutMs: 0 })
  return outcome
}

/** Dials a node of the runtime and has a request and 4 MiB echoed by it. */
node.handle('connect back', async address => {
  const dialler = await createNode({ transports: [websocket({ tls: { ca } }), tcp({ tls: { ca } })] })
  try {
    const peer = await dialler.connect(address, { timeoutMs: TIMEOUT_MS })
    const stream = await dialler.open(peer, 'echo')
    const content = source.subarray(0, 4 * MIB)
    const writer = stream.writable.getWriter()
    const written = writer.write(content).then(() => writer.close())
    const hash = createHash('sha256')
    for await (const chunk of stream.readable) hash.update(chunk)
    await written
    if (!hash.digest().equals(sha256(content))) throw new Error('the stream came back changed')
    return await dialler.request(peer, 'who', undefined, { timeoutMs: TIMEOUT_MS })
  } finally {
    await dialler.close()
  }
})

console.log(JSON.stringify(addresses))
process.stdin.resume().on('end', async () => {
  for (const { close, cut } of relays.values()) {
    close()
    cut()
  }
  old.close()
  await Promise.all([node, mutual, foreign, ...strong].map(each => each.close({ timeoutMs: 0 })))
})
