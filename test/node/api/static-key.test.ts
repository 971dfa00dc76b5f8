import { describe, expect, it } from 'vitest'
import { asyncDecapsulator, type Decapsulator } from '../../../src/index.js'
import { nodePublicKeyCrypto } from '../../../src/platform/crypto/node.js'
import { systemRandom } from '../../../src/platform/random.js'
import { closeNodesAfterEach, start } from './support.js'

closeNodesAfterEach()

const { kem } = nodePublicKeyCrypto(systemRandom)

/** A key that answers later, as one in an HSM does, and counts what it was asked for. */
function remoteKey(): { make: () => Promise<Decapsulator>; counts: { made: number; asked: number } } {
  const counts = { made: 0, asked: 0 }
  const make = async (): Promise<Decapsulator> => {
    counts.made++
    const { publicKey, decapsulator } = kem.keyPair(systemRandom.fill(new Uint8Array(32)))
    return asyncDecapsulator(publicKey, async ciphertext => {
      counts.asked++
      await new Promise(resolve => setImmediate(resolve))
      const secret = decapsulator.decapsulate(ciphertext, () => undefined)
      return secret instanceof Uint8Array ? secret : undefined
    })
  }
  return { make, counts }
}

describe('a static key that lives elsewhere', () => {
  it('serves the handshake on both sides, and is asked once for each', async () => {
    const here = remoteKey()
    const there = remoteKey()
    const server = await start({ listen: ['tcp://127.0.0.1:0'], staticKey: there.make })
    const client = await start({ staticKey: here.make })
    server.handle('echo', body => body)
    await client.connect(server.addresses[0])
    expect(await client.request(server.id, 'echo', 'through an HSM')).toBe('through an HSM')
    expect([here.counts, there.counts]).toEqual([
      { made: 1, asked: 1 },
      { made: 1, asked: 1 },
    ])
  })

  it('that fails refuses the handshake and harms nobody else', async () => {
    const broken = (): Decapsulator =>
      asyncDecapsulator(kem.keyPair(systemRandom.fill(new Uint8Array(32))).publicKey, () =>
        Promise.reject(new Error('no HSM')),
      )
    const server = await start({ listen: ['tcp://127.0.0.1:0'], staticKey: broken })
    const client = await start()
    await expect(client.connect(server.addresses[0], { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'HANDSHAKE_FAILED',
    })
    expect(server.peers().filter(peer => peer.state === 'connected')).toEqual([])
  })

  it('of another size is refused when the node starts', async () => {
    const short = (): Decapsulator => asyncDecapsulator(new Uint8Array(32), () => Promise.resolve(undefined))
    await expect(start({ staticKey: short })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('limits that a caller meets', () => {
  it('[E13] a stream beyond the limit waits, and fails with STREAM_LIMIT when its time is up', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'], maxConcurrentStreams: 1 })
    const client = await start()
    server.handleStream('s', () => undefined)
    await client.connect(server.addresses[0])
    const first = await client.open(server.id, 's')
    await expect(client.open(server.id, 's', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'STREAM_LIMIT',
      retryable: true,
    })
    first.reset(1)
    const second = await client.open(server.id, 's', { timeoutMs: 5000 })
    second.reset(1)
  })

  it('[C48] requests over the rate that was configured are refused as RATE_LIMITED', async () => {
    const server = await start({
      listen: ['tcp://127.0.0.1:0'],
      admission: { messageRate: { perSecond: 1, burst: 3 } },
    })
    const client = await start()
    server.handle('echo', body => body)
    await client.connect(server.addresses[0])
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => client.request(server.id, 'echo', i, { timeoutMs: 5000 })),
    )
    const refused = outcomes.filter(outcome => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThanOrEqual(7)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'RATE_LIMITED', retryable: true })
  })

  it('long records go to the native cipher where that is quicker, and nobody sees a difference', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    server.handle('length', body => (body as Uint8Array).length)
    await client.connect(server.addresses[0])
    expect(await client.request(server.id, 'length', new Uint8Array(900_000))).toBe(900_000)
    expect(client.diagnostics().backends).toHaveProperty('aeadNativeFrom')
  })
})
