import { afterEach, describe, expect, it } from 'vitest'
import { bindCreateNode, type HyphaeNode, type NodeOptions } from '../../../src/index.js'
import { loadKernels } from '../../../src/kernels/index.js'
import { systemClock, systemDefer } from '../../../src/platform/clock.js'
import { nodePublicKeyCrypto } from '../../../src/platform/crypto/node.js'
import { systemRandom } from '../../../src/platform/random.js'
import { tcp } from '../../../src/transports/tcp/node.js'

const DAY_MS = 86_400_000
const open: HyphaeNode[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(node => node.close({ timeoutMs: 0 })))
})

/** A node on real sockets whose wall clock is off by so many days: its certificates are dated accordingly. */
async function dated(days: number, options: NodeOptions = {}): Promise<HyphaeNode> {
  const clock = {
    ...systemClock,
    now: () => ({ monoMs: systemClock.now().monoMs, wallMs: systemClock.now().wallMs + days * DAY_MS }),
    wakeAt: (monoMs: number, wake: () => void) => systemClock.wakeAt(monoMs, wake),
  }
  const create = bindCreateNode({
    runtime: 'node',
    clock,
    defer: systemDefer,
    random: systemRandom,
    kernels: () => loadKernels(),
    publicKey: () => nodePublicKeyCrypto(systemRandom),
    transports: () => [tcp()],
  })
  const node = await create(options)
  open.push(node)
  return node
}

describe('[E17] certificates of peers, over real sockets', () => {
  const listen = ['tcp://127.0.0.1:0']

  it.each([
    ['expired', -9, 'CERTIFICATE_EXPIRED'],
    ['of the future', 9, 'CERTIFICATE_INVALID'],
  ])('[E17] one that is %s is refused with its code, and there is no session', async (_, days, code) => {
    const server = await dated(days, { listen })
    const client = await dated(0)
    await expect(client.connect(server.addresses[0], { timeoutMs: 5000 })).rejects.toMatchObject({ code })
    for (const node of [client, server]) {
      expect(node.peers().filter(peer => peer.state !== 'disconnected')).toEqual([])
      expect(node.diagnostics().handshakes['established']).toBe(0)
    }
  })

  it('[E17] one of another network is refused, a valid one is taken', async () => {
    const server = await dated(0, { listen })
    const stranger = await dated(0, { network: 'another' })
    await expect(stranger.connect(server.addresses[0], { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'HANDSHAKE_FAILED',
    })
    const client = await dated(0)
    expect(await client.connect(server.addresses[0])).toBe(server.id)
  })
})
