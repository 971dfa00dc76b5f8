// What each operation leaves for the garbage collector, in bytes of heap a call. Run by itself with a young generation so large
// that nothing is collected meanwhile: what the heap grew by is then what was allocated. Prints one object as JSON.
import { randomBytes } from 'node:crypto'
import { loadKernels } from '../../dist/kernels/index.js'
import { createNode } from '../../dist/platform/node.js'

const RUNS = 6
const SMALL = new Uint8Array(100).fill(7)
const turn = () => new Promise(resolve => setImmediate(resolve))

/**
 * Bytes of heap that `work` allocates a call; the least of several runs, since the runtime itself allocates now and then, and on a
 * busy machine its optimizing compiler is late.
 */
async function bytesOf(calls, work) {
  // Until the optimizing compiler is done, and once more so that its garbage is not counted.
  for (let i = 0; i < 3; i++) await work(calls)
  let least = Infinity
  for (let run = 0; run < RUNS; run++) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    await work(calls)
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / calls)
  }
  return Math.max(0, Math.round(least))
}

const many = work => calls => {
  for (let i = 0; i < calls; i++) work(i)
}

function kernelRows() {
  const { aead, blake3, tables, mlkem768 } = loadKernels({ backend: 'wasm' })
  const key = aead.key(new Uint8Array(32))
  const nonce = new Uint8Array(12)
  const record = new Uint8Array(256)
  const out = new Uint8Array(32)
  const routing = tables.routing({ own: randomBytes(32), capacity: 2048 })
  for (let i = 0; i < 1000; i++) routing.insert(randomBytes(32))
  const nearest = new Int32Array(20)
  const seen = tables.seen({ key: randomBytes(16) })
  const ids = randomBytes(256 * 32)
  const fresh = new Uint8Array(256)
  const pair = mlkem768.keyPair(randomBytes(64))
  return {
    'AEAD seal and open, 100 B, in place': many(() => {
      key.seal(nonce, record, 0, 3, record, 3, 103)
      key.open(nonce, record, 0, 3, record, 3, 119)
    }),
    'BLAKE3 of 64 B into a given array': many(() => blake3.hashInto(record, 0, 64, out, 0)),
    'the 20 closest of 1,000 ids': many(() => routing.closest(out, nearest)),
    'seen-set, a batch of 256 ids': many(i => seen.insertBatch(ids, 256, fresh, i)),
    'ML-KEM-768 decapsulation (its result is 32 B)': many(() => pair.decapsulate(CIPHERTEXT)),
  }
}
const CIPHERTEXT = randomBytes(1088)

async function nodeRows() {
  const server = await createNode({ listen: ['tcp://127.0.0.1:0'], advertise: [] })
  const client = await createNode()
  let got = 0
  server.handle('note', () => void got++)
  server.handle('echo', body => body)
  server.handleStream('sink', stream => void stream.receive(bytes => void (got += bytes.length)))
  await client.connect(server.addresses[0])
  const stream = await client.open(server.id, 'sink')
  const all = async expected => {
    while (got < expected) await turn()
    got = 0
  }
  const rows = {
    '100 B by stream.send, to stream.receive': async calls => {
      for (let i = 0; i < calls; i++) if (!stream.send(SMALL)) await stream.drained
      await all(calls * SMALL.length)
    },
    '100 B by node.send at qos 0, to its handler': async calls => {
      for (let i = 0; i < calls; i++) {
        client.send(server.id, 'note', SMALL, { qos: 0 })
        if (i % 1024 === 1023) await turn()
      }
      await all(calls)
    },
    'a request of 100 B and its answer': async calls => {
      for (let done = 0; done < calls; done += 64) {
        await Promise.all(Array.from({ length: 64 }, () => client.request(server.id, 'echo', SMALL)))
      }
    },
  }
  const close = () => Promise.all([client.close({ timeoutMs: 0 }), server.close({ timeoutMs: 0 })])
  return { rows, close }
}

const counted = {}
for (const [row, work] of Object.entries(kernelRows())) counted[row] = await bytesOf(20_000, work)
const { rows, close } = await nodeRows()
for (const [row, work] of Object.entries(rows)) counted[row] = await bytesOf(20_480, work)
await close()
console.log(JSON.stringify(counted))
