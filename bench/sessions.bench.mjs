// npm run bench -- sessions [--json]: nodes of the built package on loopback sockets beside bare sockets, in one process,
// in alternating rounds. Medians and ratios; other peers join by one more entry in `contenders`.
import { once } from 'node:events'
import { createServer, connect as connectSocket } from 'node:net'
import { createNode } from '../dist/platform/node.js'
import { optionsOf } from './lib/arguments.mjs'
import { alternate, medians } from './lib/measure.mjs'
import { jsonLines, resultOf, tableOf } from './lib/report.mjs'

const name = 'sessions'
const { json } = optionsOf(name)

const ROUNDS = 5
const ROUND_TRIPS = 1500
const MESSAGES = 150_000
const REQUESTS = 20_000
const IN_FLIGHT = 64
const BULK_BYTES = 48 * 1024 * 1024
const CHUNK = new Uint8Array(65_536)
const SMALL = new Uint8Array(100).fill(7)

const turn = () => new Promise(resolve => setImmediate(resolve))
const secondsSince = startMs => (performance.now() - startMs) / 1000

/** hyphae over one transport. */
async function hyphae(listen) {
  const server = await createNode({ listen: [listen], advertise: [] })
  const address = server.addresses[0]
  const client = await createNode()
  let got = 0
  server.handle('echo', body => body)
  server.handle('one-way', () => void got++)
  const taken = []
  server.handleStream('bulk', stream => taken.shift()(stream))
  await client.connect(address)
  return {
    async dial() {
      const fresh = await createNode()
      await fresh.connect(address)
      // First contact; its ticket comes before the first answer.
      await fresh.request(server.id, 'echo', SMALL)
      fresh.disconnect(server.id)
      const startMs = performance.now()
      await fresh.connect(`${address}#${server.id}`)
      const ms = performance.now() - startMs
      await fresh.close({ timeoutMs: 0 })
      return ms
    },
    async roundTrip() {
      const startMs = performance.now()
      for (let i = 0; i < ROUND_TRIPS; i++) await client.request(server.id, 'echo', SMALL)
      return (performance.now() - startMs) / ROUND_TRIPS
    },
    async oneWay() {
      got = 0
      const startMs = performance.now()
      for (let i = 0; i < MESSAGES; i++) {
        client.send(server.id, 'one-way', SMALL, { qos: 0 })
        if (i % 4096 === 4095) await turn()
      }
      while (got < MESSAGES) await turn()
      return MESSAGES / secondsSince(startMs)
    },
    async requests() {
      let next = 0
      const worker = async () => {
        while (next++ < REQUESTS) await client.request(server.id, 'echo', SMALL)
      }
      const startMs = performance.now()
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
      return REQUESTS / secondsSince(startMs)
    },
    async bulk() {
      const done = new Promise(resolve => {
        taken.push(async stream => {
          let bytes = 0
          for await (const part of stream.readable) bytes += part.length
          resolve(bytes)
        })
      })
      const stream = await client.open(server.id, 'bulk')
      const writer = stream.writable.getWriter()
      const startMs = performance.now()
      for (let sent = 0; sent < BULK_BYTES; sent += CHUNK.length) await writer.write(CHUNK)
      await writer.close()
      if ((await done) !== BULK_BYTES) throw new Error('bytes are missing')
      return BULK_BYTES / 1e6 / secondsSince(startMs)
    },
    async close() {
      await client.close({ timeoutMs: 0 })
      await server.close({ timeoutMs: 0 })
    },
  }
}

/** A bare TCP socket that does the least that could be called the same. */
async function rawTcp() {
  let received = 0
  let echo = true
  const server = createServer(socket => {
    socket.setNoDelay(true)
    socket.on('data', bytes => {
      received += bytes.length
      if (echo) socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const open = async () => {
    const socket = connectSocket(port, '127.0.0.1')
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return socket
  }
  const client = await open()
  /** Resolves when so many bytes came back. */
  const answered = bytes =>
    new Promise(resolve => {
      let back = 0
      const onData = part => {
        back += part.length
        if (back < bytes) return
        client.off('data', onData)
        resolve()
      }
      client.on('data', onData)
    })
  return {
    async dial() {
      const startMs = performance.now()
      const socket = await open()
      const ms = performance.now() - startMs
      socket.destroy()
      return ms
    },
    async roundTrip() {
      const startMs = performance.now()
      for (let i = 0; i < ROUND_TRIPS; i++) {
        const answer = answered(SMALL.length)
        client.write(SMALL)
        await answer
      }
      return (performance.now() - startMs) / ROUND_TRIPS
    },
    async oneWay() {
      echo = false
      received = 0
      const startMs = performance.now()
      for (let i = 0; i < MESSAGES; i++) {
        if (!client.write(SMALL)) await once(client, 'drain')
      }
      while (received < MESSAGES * SMALL.length) await turn()
      echo = true
      return MESSAGES / secondsSince(startMs)
    },
    async bulk() {
      echo = false
      received = 0
      const startMs = performance.now()
      for (let sent = 0; sent < BULK_BYTES; sent += CHUNK.length) {
        if (!client.write(CHUNK)) await once(client, 'drain')
      }
      while (received < BULK_BYTES) await turn()
      echo = true
      return BULK_BYTES / 1e6 / secondsSince(startMs)
    },
    async close() {
      client.destroy()
      server.close()
    },
  }
}

/** Goals of docs/performance.md. */
const rows = [
  { row: 'dial, peer known (resumed)', key: 'dial', unit: 'ms', goal: { limit: 2 } },
  { row: 'request and answer, 100 B', key: 'roundTrip', unit: 'ms', goal: { limit: 0.04 } },
  { row: 'one-way 100 B, a call each', key: 'oneWay', unit: '/s', goal: { limit: 1_000_000 } },
  { row: 'requests, 64 in flight', key: 'requests', unit: '/s', goal: { limit: 80_000 } },
  { row: 'stream in 64 KiB chunks', key: 'bulk', unit: 'MB/s' },
]

/** hyphae over TCP is what the others are compared with. */
const contenders = {
  hyphae: await hyphae('tcp://127.0.0.1:0'),
  'hyphae ws': await hyphae('ws://127.0.0.1:0'),
  'bare tcp': await rawTcp(),
}
const results = []
for (const { key, ...row } of rows) {
  const able = Object.entries(contenders).filter(([, contender]) => contender[key] !== undefined)
  const turns = Object.fromEntries(able.map(([label, contender]) => [label, () => contender[key]()]))
  results.push(resultOf({ suite: name, ...row }, medians(await alternate(turns, ROUNDS))))
}
for (const contender of Object.values(contenders)) await contender.close()
console.log(json ? jsonLines(results) : tableOf(results))
