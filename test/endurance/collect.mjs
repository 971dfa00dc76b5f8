// One case of collected.test.ts in a process of its own, whose small heap V8 walks quickly: node collect.mjs CASE. Prints
// what outlived its cycles as JSON.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, Server, Socket } from 'node:net'
import { WebSocket } from 'ws'
import { SessionSecrets } from '../../dist/crypto/session/keys.js'
import { loadKernels } from '../../dist/kernels/index.js'
import { MessageContext } from '../../dist/node/api/message-context.js'
import { HyphaeNode } from '../../dist/node/api/node.js'
import { NodeStream } from '../../dist/node/api/node-stream.js'
import { SentMessage } from '../../dist/node/api/sent-message.js'
import { Connection } from '../../dist/node/engine/connection.js'
import { Engine } from '../../dist/node/engine/engine.js'
import { Peer } from '../../dist/node/engine/peer.js'
import { EngineStream } from '../../dist/node/engine/stream.js'
import { createNode } from '../../dist/platform/node.js'
import { Initiator } from '../../dist/protocols/handshake/initiator.js'
import { MuxStream } from '../../dist/protocols/mux/stream.js'
import { createSimulation, SimNode, World } from '../../dist/sim/index.js'
import { expectCollected } from './instances.mjs'

const kept = []
const SCHEMES = ['tcp', 'ws']

/** A node that serves on both transports, and one that dials. */
async function pair() {
  const server = await createNode({ listen: SCHEMES.map(scheme => `${scheme}://127.0.0.1:0`), advertise: [] })
  server.handle('echo', (body, { signal }) => (signal.aborted ? undefined : body))
  server.handle('never', (_body, { signal }) => new Promise(done => signal.addEventListener('abort', done)))
  server.handle('note', () => undefined)
  server.handleStream('echo', stream => stream.readable.pipeTo(stream.writable).catch(() => undefined))
  return [server, await createNode()]
}

async function keptPair() {
  const both = await pair()
  kept.push(...both)
  return both
}

/** One stream that ends by itself, one that is cancelled, one that is reset. */
async function useStreams(server, client, seen) {
  const whole = await client.open(server.id, 'echo')
  const writer = whole.writable.getWriter()
  await writer.write(new Uint8Array(100_000))
  seen()
  await writer.close()
  let bytes = 0
  for await (const part of whole.readable) bytes += part.length
  assert.equal(bytes, 100_000)
  const cancelled = await client.open(server.id, 'echo')
  await cancelled.writable.getWriter().write(new Uint8Array(1000))
  await cancelled.readable.cancel(5)
  cancelled.close()
  const reset = await client.open(server.id, 'echo')
  reset.reset(9)
  await Promise.all([whole.closed, cancelled.closed, reset.closed])
}

const CASES = {
  async streams() {
    const [server, client] = await keptPair()
    await client.connect(server.addresses[0])
    await expectCollected([NodeStream, EngineStream, MuxStream], seen => useStreams(server, client, seen))
  },

  async messages() {
    const [server, client] = await keptPair()
    await client.connect(server.addresses[0])
    await expectCollected([SentMessage, MessageContext], async seen => {
      const given = Promise.allSettled([client.request(server.id, 'never', 1, { timeoutMs: 500 })])
      await client.request(server.id, 'echo', new Uint8Array(5000))
      const sent = client.send(server.id, 'note', new Uint8Array(5000), { qos: 2 })
      seen()
      await sent
      await given
      const controller = new AbortController()
      const aborted = Promise.allSettled([client.request(server.id, 'never', 1, { signal: controller.signal })])
      controller.abort()
      await aborted
    })
  },

  async sessions() {
    const [server, client] = await keptPair()
    const key = loadKernels().aead.key(new Uint8Array(32)).constructor
    const classes = [Connection, SessionSecrets, key, Socket, WebSocket]
    await expectCollected([...classes], async seen => {
      for (const address of server.addresses) {
        await client.connect(address)
        await client.request(server.id, 'echo', 'x')
        // The last look is at the session over WebSocket, which is on a TCP socket too.
        seen()
        const gone = new Promise(resolve => server.once('peer:disconnect', resolve))
        client.disconnect(server.id)
        await gone
      }
    })
  },

  async nodes() {
    const classes = [HyphaeNode, Engine, Peer, Connection, Server]
    await expectCollected(classes, async seen => {
      const [server, client] = await pair()
      for (const address of server.addresses) {
        await client.connect(address)
        await client.request(server.id, 'echo', 'x')
        seen()
        if (address !== server.addresses.at(-1)) client.disconnect(server.id)
      }
      await useStreams(server, client, () => undefined)
      // One with patience, one without and with a session that still lives.
      await client.close({ timeoutMs: 0 })
      await server.close({ timeoutMs: 100 })
    })
  },

  async handshakes() {
    const [, client] = await keptPair()
    // Takes what comes and says nothing, so that the handshake is under way for as long as the dial has time.
    const mute = createServer(socket => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = `tcp://127.0.0.1:${mute.address().port}#${'a'.repeat(52)}`
    await expectCollected([Initiator], async seen => {
      const said = once(mute, 'connection').then(([socket]) => once(socket, 'data'))
      const dial = assert.rejects(client.connect(address, { timeoutMs: 300 }), ({ code }) => typeof code === 'string')
      await said
      seen()
      await dial
    })
    mute.close()
  },

  async keys() {
    const kernels = loadKernels()
    const held = []
    const make = () => kernels.aead.key(new Uint8Array(32).fill(1))
    const key = make().constructor
    await expectCollected([key], seen => {
      for (let i = 0; i < 50; i++) held.push(make())
      seen()
      for (const one of held.splice(0, 25)) one.free()
      held.length = 0
    })
  },

  async simulations() {
    await expectCollected([World, SimNode, Engine, Connection], seen => {
      const sim = createSimulation({ seed: 7 })
      const [a, b] = sim.addNodes(2)
      b.handle('echo', request => request.body)
      a.connect(b)
      sim.run(1000)
      seen()
      const echo = a.request(b, 'echo', 'x')
      sim.run(1000)
      assert.notEqual(echo.body, undefined)
    })
  },
}

await CASES[process.argv[2]]()
await Promise.all(kept.map(node => node.close({ timeoutMs: 0 })))
