import { describe, expect, it } from 'vitest'
import { closeNodesAfterEach, next, start, until } from './support.js'

closeNodesAfterEach()

describe('the pool of connections', () => {
  it('[D106] keeps as many unused connections as it is large, the latest used, and dials the others again', async () => {
    const servers = await Promise.all(['a', 'b', 'c', 'd'].map(() => start({ listen: ['tcp://127.0.0.1:0'] })))
    for (const server of servers) server.handle('echo', body => body)
    const client = await start({ connectionPoolSize: 2 })
    for (const server of servers) {
      await client.connect(server.addresses[0])
      await client.request(server.id, 'echo', 1)
    }
    await until(() => client.peers().filter(peer => peer.state === 'connected').length === 2)
    const open = client.peers().filter(peer => peer.state === 'connected')
    expect(open.map(peer => peer.id).sort()).toEqual([servers[2].id, servers[3].id].sort())
    expect(await client.request(servers[0].id, 'echo', 'again')).toBe('again')
    await until(() => client.peers().filter(peer => peer.state === 'connected').length === 2)
    expect(client.peers().find(peer => peer.id === servers[0].id)?.state).toBe('connected')
  })

  it('[D106] closes none that is kept, used by a stream, or dialled by the peer', async () => {
    const servers = await Promise.all(['a', 'b', 'c', 'd'].map(() => start({ listen: ['tcp://127.0.0.1:0'] })))
    for (const server of servers) server.handleStream('s', () => undefined)
    const client = await start({ connectionPoolSize: 1, listen: ['tcp://127.0.0.1:0'] })
    await client.connect(servers[0].addresses[0])
    client.keep(servers[0].id)
    await client.connect(servers[1].addresses[0])
    await client.open(servers[1].id, 's')
    const inbound = next(client, 'peer:connect')
    await servers[2].connect(client.addresses[0])
    await inbound
    await client.connect(servers[3].addresses[0])
    await client.ping(servers[3].id)
    expect(client.peers().filter(peer => peer.state === 'connected')).toHaveLength(4)
  })
})
