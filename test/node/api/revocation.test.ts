import { describe, expect, it } from 'vitest'
import { closeNodesAfterEach, next, start } from './support.js'

closeNodesAfterEach()

describe('revocation and rotation while nodes run', () => {
  it('[D28] a revoked certificate ends the session it began and is refused; the new one is taken', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    const arrived = next(server, 'peer:connect')
    await client.connect(server.addresses[0])
    await arrived
    const { record, chain } = await client.revokeCertificates()
    const ended = Promise.all([next(server, 'peer:disconnect'), next(client, 'peer:disconnect')])
    expect(server.learn(chain, record)).toBe(client.id)
    for (const { reason } of await ended) expect(reason.code).toBe('CERTIFICATE_REVOKED')
    expect(await client.connect(server.addresses[0])).toBe(server.id)
    expect(server.learn(chain, record)).toBe(client.id)
    await client.ping(server.id)
  })

  it('a record that was changed, or signed by somebody else, is refused and changes nothing', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    await client.connect(server.addresses[0])
    const { record, chain } = await client.revokeCertificates()
    const changed = Uint8Array.from(record)
    changed[60] ^= 1
    expect(() => server.learn(chain, changed)).toThrow()
    const other = await server.revokeCertificates()
    expect(() => server.learn(chain, other.record)).toThrow()
    await client.ping(server.id)
  })

  it('[D27] a root rotates without an outage: sessions go on, and new ones are made under the new root', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    const lost: string[] = []
    client.on('peer:disconnect', event => lost.push(event.peer))
    server.handle('echo', body => body)
    await client.connect(server.addresses[0])
    await server.rotateIdentity()
    expect(await client.request(server.id, 'echo', 1)).toBe(1)
    expect(lost).toEqual([])
    const late = await start()
    await late.connect(server.addresses[0])
    expect(await late.request(server.id, 'echo', 2)).toBe(2)
    // The first client knows only the certificate of the old root: the server says that it is out of date.
    client.disconnect(server.id)
    await client.connect(`${server.addresses[0]}#${server.id}`)
    expect(await client.request(server.id, 'echo', 3)).toBe(3)
  })
})
