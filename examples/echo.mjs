// Two nodes: one answers, the other asks. Run: node examples/echo.mjs
import { createNode } from 'hyphae'

const server = await createNode({ listen: ['ws://127.0.0.1:0'] })
server.handle('echo', body => body)

const client = await createNode()
// The part behind # names who must be there: whoever else listens at the address is refused.
const peer = await client.connect(`${server.addresses[0]}#${server.id}`)

const answer = await client.request(peer, 'echo', { hello: 'world' }, { timeoutMs: 1000 })
console.log('answer:', JSON.stringify(answer))

// A message with qos 2 is handled exactly once; its statuses come one after the other.
for await (const status of client.send(peer, 'echo', 'by the way', { qos: 2 })) console.log('message:', status)

await client.close()
await server.close()
