// A file through a stream. Run: node examples/file-stream.mjs FILE
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createNode } from 'hyphae'

const path = process.argv[2] ?? new URL('../package.json', import.meta.url)

const server = await createNode({ listen: ['tcp://127.0.0.1:0'] })
server.handleStream('upload', async stream => {
  const hash = createHash('sha256')
  // Reading slowly is allowed: the sender waits as soon as the window (1 MiB by default) is full.
  for await (const chunk of stream.readable) hash.update(chunk)
  const writer = stream.writable.getWriter()
  await writer.write(new TextEncoder().encode(hash.digest('hex')))
  await writer.close()
})

const client = await createNode()
const peer = await client.connect(server.addresses[0])
const stream = await client.open(peer, 'upload')

const hash = createHash('sha256')
const hashing = new TransformStream({
  transform(chunk, controller) {
    hash.update(chunk)
    controller.enqueue(chunk)
  },
})
await Readable.toWeb(createReadStream(path)).pipeThrough(hashing).pipeTo(stream.writable)

const stored = await new Response(stream.readable).text()
const sent = hash.digest('hex')
console.log(`sent     ${sent}\nreceived ${stored}\n${sent === stored ? 'the same' : 'DIFFERENT'}`)
if (sent !== stored) process.exitCode = 1

await client.close()
await server.close()
