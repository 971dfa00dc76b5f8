import { expect, expectEqual, hex, pattern, text, TIMEOUT_MS } from '../common.mjs'

const REQUESTS_AT_ONCE = 16
const MESSAGES = 60

export async function requests({ node, peer, task }) {
  let next = 0
  const lane = async () => {
    for (let i = next++; i < task.requests; i = next++) {
      const body = { number: i, bytes: pattern(i % 257, i) }
      const answer = await node.request(peer, 'echo', body, { timeoutMs: TIMEOUT_MS })
      expect(answer.number === i && hex(answer.bytes) === hex(body.bytes), `request ${i} got another answer`)
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane))
  return String(task.requests)
}

/** Any string, as schemas of every library describe it. */
const string = {
  '~standard': {
    version: 1,
    vendor: 'exercise',
    validate: value => (typeof value === 'string' ? { value } : { issues: [{ message: 'no string' }] }),
  },
}

/** The typed service that the server has. */
export const greeter = ({ method, service }, run) =>
  service({ name: 'greeter', methods: { greet: method({ in: string, out: string }, run) } })

/** One-way messages of each quality, in order; a datagram there and back; a typed service. */
export async function messages({ library, node, peer }) {
  const sent = Array.from({ length: MESSAGES }, (_, i) => node.send(peer, 'inbox', i, { qos: 1 + (i % 2) }))
  for (const message of sent) expectEqual(await message, 'acknowledged', 'last status of a message')
  expectEqual(await node.send(peer, 'inbox', MESSAGES, { qos: 0 }), 'sent', 'last status of a message of qos 0')
  const inbox = await node.request(peer, 'inbox:take', undefined, { timeoutMs: TIMEOUT_MS })
  expectEqual(text(inbox), text(Array.from({ length: MESSAGES + 1 }, (_, i) => i)), 'messages at the server')

  const back = new Promise(resolve => node.once('datagram', resolve))
  expect(node.datagram(peer, pattern(1000, 4)), 'no room for a datagram')
  expectEqual(hex((await back).body), hex(pattern(1000, 4)), 'the datagram that came back')

  const shop = library.client(node, greeter(library), { peer })
  expectEqual(await shop.greet('world'), 'hello world', 'answer of the typed service')
  const refused = await shop.greet(7).catch(error => error.code)
  expectEqual(refused, 'SCHEMA_INVALID', 'call that the schema refuses')
}
