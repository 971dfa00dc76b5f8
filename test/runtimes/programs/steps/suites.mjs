import { describe, expect, expectEqual, rejectionOf, TIMEOUT_MS } from '../common.mjs'

/** Peers with roots of suites 2 and 3: taken where the runtime brings those, refused by name until they are handed in elsewhere. */
export async function suites({ library, task, node, peer }) {
  const addresses = await node.request(peer, 'strong:places', undefined, { timeoutMs: TIMEOUT_MS })
  expectEqual(addresses.length, 2, 'number of peers with other suites')
  for (const address of addresses) {
    if (task.isLean) {
      const refusal = await rejectionOf(node.connect(address, { timeoutMs: TIMEOUT_MS }))
      expect(
        library.isHyphaeError(refusal, 'SUITE_UNAVAILABLE'),
        `another suite was answered with ${describe(refusal)}`,
      )
      expect(refusal.remedy.includes('hyphae/suites'), `the remedy does not say what to import: ${refusal.remedy}`)
    }
    await reaches(library, task.isLean ? { suites: library.suites } : {}, address)
  }
  return task.isLean ? 'by hyphae/suites' : ''
}

async function reaches({ createNode }, options, address) {
  const node = await createNode(options)
  try {
    const peer = await node.connect(address, { timeoutMs: TIMEOUT_MS })
    expectEqual(
      await node.request(peer, 'echo', 'strong', { timeoutMs: TIMEOUT_MS }),
      'strong',
      'echo of another suite',
    )
  } finally {
    await node.close({ timeoutMs: 0 })
  }
}
