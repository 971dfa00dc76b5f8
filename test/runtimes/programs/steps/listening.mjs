import { describe, expect, expectEqual, rejectionOf, TIMEOUT_MS } from '../common.mjs'

/** The server connects back, over every transport that this runtime can listen with. */
export async function inbound({ library, task, local, node, peer }) {
  const { node: second, addresses } = await (local.inbound?.() ?? listener(library, task, local))
  second.handle('who', () => task.runtime)
  second.handleStream('echo', ({ readable, writable }) => readable.pipeTo(writable))
  try {
    for (const address of addresses) {
      const answer = await node.request(peer, 'connect back', `${address}#${second.id}`, { timeoutMs: TIMEOUT_MS })
      expectEqual(answer, task.runtime, `answer through ${address}`)
    }
  } finally {
    await second.close()
  }
  return addresses.map(address => address.split(':')[0]).join(', ')
}

async function listener({ createNode }, { listen }, { options }) {
  const node = await createNode({ ...options?.(), listen })
  expectEqual(node.addresses.length, listen.length, 'number of addresses')
  return { node, addresses: node.addresses }
}

/** What the runtime cannot do it says, and what to do instead. */
export async function refusals({ library, task }) {
  const asked = task.refuses.map(options => [JSON.stringify(options), library.createNode(options)])
  for (const [what, answer] of asked) {
    const refusal = await rejectionOf(answer)
    expect(library.isHyphaeError(refusal, 'UNSUPPORTED_RUNTIME'), `${what} was answered with ${describe(refusal)}`)
    expect(refusal.remedy.length > 10, `the refusal of ${what} has no remedy`)
  }
  return String(asked.length)
}
