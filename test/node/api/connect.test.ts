import { connect as tcpConnect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { HyphaeNode } from '../../../src/node/api/node.js'
import { websocket } from '../../../src/transports/websocket/node.js'
import { tcp } from '../../../src/transports/tcp/node.js'
import { closeNodesAfterEach, meet, next, pair, start, until } from './support.js'

closeNodesAfterEach()

const both = ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0']

/** Tries to connect and waits until it is clear that the other side does not want us. */
async function turnedAway(node: HyphaeNode, address: string): Promise<string> {
  const gone = next(node, 'peer:disconnect')
  try {
    // A dialler is done before the other side knows who it is, so the refusal may come after the connection.
    await node.connect(address, { timeoutMs: 500 })
  } catch (error) {
    return (error as { code: string }).code
  }
  return (await gone).reason.code
}

async function connected(listen: readonly string[] = both): Promise<[HyphaeNode, HyphaeNode]> {
  const a = await start({ listen })
  const b = await start()
  await b.connect(a.addresses[0])
  return [a, b]
}

describe('connecting on real sockets', () => {
  it('[E3] dials, accepts and disconnects, and both sides hear of it', async () => {
    const a = await start({ listen: both })
    const b = await start()
    const arrived = next(a, 'peer:connect')
    const reached = next(b, 'peer:connect')
    expect(await b.connect(a.addresses[1])).toBe(a.id)
    expect(await arrived).toMatchObject({ peer: b.id, direction: 'inbound', transport: 'tcp' })
    expect(await reached).toMatchObject({ peer: a.id, direction: 'outbound', address: a.addresses[1] })
    const gone = next(a, 'peer:disconnect')
    b.disconnect(a.id)
    expect(await gone).toMatchObject({ peer: b.id, reason: { code: 'CLOSED' } })
    expect(b.peers().find(peer => peer.id === a.id)).toMatchObject({ state: 'disconnected' })
  })

  it('[E6] listens at several addresses, is reached at each, and tells peers all of them', async () => {
    const a = await start({ listen: [...both, 'ws://127.0.0.1:0/other'] })
    expect(a.addresses).toHaveLength(3)
    expect(new Set(a.addresses).size).toBe(3)
    for (const address of a.addresses) {
      const b = await start()
      const told = next(b, 'peer:identify')
      expect(await b.connect(address)).toBe(a.id)
      expect((await told).addresses).toEqual(a.addresses)
      await until(() => (b.peers()[0]?.addresses.length ?? 0) === 3)
      expect([...(b.peers()[0]?.addresses ?? [])].sort()).toEqual([...a.addresses].sort())
    }
  })

  it('[E6] advertises what it is told to instead of where it listens', async () => {
    const advertise = ['wss://mesh.example', 'tcp://203.0.113.7:4001']
    const a = await start({ listen: ['tcp://127.0.0.1:0'], advertise, agent: 'shop/2' })
    const b = await start()
    const told = next(b, 'peer:identify')
    await b.connect(a.addresses[0])
    expect(await told).toMatchObject({ peer: a.id, agent: 'shop/2', addresses: advertise })
  })

  it('[E4] tracks peers with their address, direction, program, traffic and last word', async () => {
    const [a, b] = await connected()
    a.handle('echo', body => body)
    await b.request(a.id, 'echo', 'x'.repeat(1000))
    await until(() => a.peers()[0]?.agent === 'hyphae/0.1')
    const [seen] = a.peers()
    expect(seen).toMatchObject({ id: b.id, state: 'connected', direction: 'inbound', transport: 'ws' })
    expect(seen?.bytesIn).toBeGreaterThan(1000)
    expect(seen?.bytesOut).toBeGreaterThan(1000)
    expect(Math.abs(Date.now() - (seen?.lastSeenMs ?? 0))).toBeLessThan(10_000)
    expect(b.peers()[0]).toMatchObject({ id: a.id, direction: 'outbound', address: a.addresses[0] })
  })

  it('[C21][D33] both sides know whom they speak with; an address with another peer id is refused', async () => {
    const [a, b] = await connected(['tcp://127.0.0.1:0'])
    a.handle('who', (_body, { peer }) => peer)
    expect(await b.request(a.id, 'who')).toBe(b.id)
    const c = await start()
    const wrong = `${a.addresses[0]}#${b.id}`
    await expect(c.connect(wrong, { timeoutMs: 3000 })).rejects.toMatchObject({ name: 'HyphaeError' })
    expect(c.peers().filter(peer => peer.state === 'connected')).toEqual([])
  })

  it('[C21] whoever does not speak the handshake never becomes a peer', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'], handshakeTimeoutMs: 200 })
    let peers = 0
    a.on('peer:connect', () => peers++)
    const port = Number(a.addresses[0].split(':')[2])
    const socket = tcpConnect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(Buffer.alloc(4000, 7))
    await new Promise(resolve => socket.once('close', resolve))
    expect(peers).toBe(0)
    expect(a.peers()).toEqual([])
  })

  it('[C4][D53][D57][D58] a hundred calls of either side and ten streams share one socket', async () => {
    let sockets = 0
    const gate = (peer: string | undefined) => {
      // Without a peer: a carrier was accepted.
      if (peer === undefined) sockets++
      return true
    }
    const a = await start({ listen: ['tcp://127.0.0.1:0'], gate })
    const b = await start()
    const peer = await b.connect(a.addresses[0])
    for (const node of [a, b]) node.handle('add', body => (body as number) + 1)
    a.handleStream('s', stream => stream.close())
    const calls = Array.from({ length: 100 }, (_, i) => (i % 2 ? b.request(a.id, 'add', i) : a.request(b.id, 'add', i)))
    const again = Array.from({ length: 10 }, () => b.connect(a.addresses[0]))
    const streams = Array.from({ length: 10 }, () => b.open(peer, 's'))
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    await Promise.all([...again, ...streams])
    expect(a.diagnostics().carriers).toBe(1)
    expect(b.diagnostics().carriers).toBe(1)
    expect(sockets).toBe(1)
  })

  it('[C4] a request to a peer whose address is known opens the one connection by itself', async () => {
    const a = await start({ listen: ['ws://127.0.0.1:0'] })
    const b = await start()
    a.handle('echo', body => body)
    b.addAddress(a.id, a.addresses[0])
    expect(await Promise.all([1, 2, 3].map(n => b.request(a.id, 'echo', n)))).toEqual([1, 2, 3])
    expect(a.diagnostics().connections).toBe(1)
  })

  it('says why a peer cannot be reached', async () => {
    const b = await start()
    const silent = createServer()
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    await new Promise(resolve => silent.close(resolve))
    await expect(b.connect(`tcp://127.0.0.1:${port}`, { timeoutMs: 2000 })).rejects.toMatchObject({
      name: 'HyphaeError',
    })
    const [, stranger] = await pair()
    await expect(b.connect(stranger.id, { timeoutMs: 300 })).rejects.toMatchObject({ name: 'HyphaeError' })
    expect(b.explain(stranger.id).peer).toBe(stranger.id)
    await expect(b.connect('nonsense')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(b.connect('tcp://127.0.0.1:1', { timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('gives up connecting when its signal fires, before and during the dial', async () => {
    const b = await start()
    await expect(b.connect('tcp://127.0.0.1:1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    const server = createServer(socket => socket.on('error', () => undefined))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const controller = new AbortController()
    const connecting = b.connect(`tcp://127.0.0.1:${port}`, { signal: controller.signal })
    server.once('connection', () => controller.abort())
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' })
    server.close()
  })

  it('bootstraps to an address at which somebody appears only later', async () => {
    const probe = await start({ listen: ['tcp://127.0.0.1:0'] })
    const address = probe.addresses[0]
    await probe.close()
    const b = await start({ bootstrap: [address], transports: [tcp(), websocket()] })
    const failed = await next(b, 'error')
    expect(failed).toMatchObject({ kind: 'bootstrap', address })
    const reached = next(b, 'peer:connect')
    const a = await start({ listen: [address] })
    expect((await reached).peer).toBe(a.id)
    await until(() => b.peers()[0]?.kept === true)
  })

  it('[E18] pings, and closes what was idle for too long', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'], maxIdleTimeoutMs: 300 })
    const b = await start({ keepAliveIntervalMs: 50, maxIdleTimeoutMs: 0 })
    const gone = next(b, 'peer:disconnect')
    await b.connect(a.addresses[0])
    expect(await b.ping(a.id)).toBeGreaterThan(0)
    await until(() => b.peers()[0]?.rttMs !== undefined)
    expect((await gone).peer).toBe(a.id)
    await expect(b.ping(a.id, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
  })

  it('[E18] binds exactly the address it is given', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'] })
    expect(a.addresses[0]).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9][0-9]*$/)
    await expect(start({ listen: [a.addresses[0]] })).rejects.toMatchObject({ name: 'HyphaeError' })
  })

  it('[E7] refuses the peer past maxPeers and takes it once there is room', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'], maxPeers: 1 })
    const [b, c] = [await start(), await start()]
    await b.connect(a.addresses[0])
    await expect(c.connect(a.addresses[0], { timeoutMs: 500 })).rejects.toMatchObject({ name: 'HyphaeError' })
    expect(a.diagnostics().connections).toBe(1)
    const gone = next(a, 'peer:disconnect')
    b.disconnect(a.id)
    await gone
    expect(await c.connect(a.addresses[0], { timeoutMs: 5000 })).toBe(a.id)
  })

  it('[E7] gives a dial up after connectionTimeoutMs', async () => {
    const server = createServer(socket => socket.on('error', () => undefined))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const b = await start({ connectionTimeoutMs: 150 })
    const startedMs = performance.now()
    await expect(b.connect(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(140)
    expect(performance.now() - startedMs).toBeLessThan(5000)
    await b.close()
    server.close()
  })

  it('keeps out whom the lists and the gate name, and bans at once', async () => {
    const outsider = await start()
    const a = await start({ listen: ['tcp://127.0.0.1:0'], deny: [outsider.id] })
    const address = a.addresses[0]
    const guests: string[] = []
    a.on('peer:connect', ({ peer }) => guests.push(peer))
    expect(await turnedAway(outsider, address)).toBe('PEER_DENIED')
    const friend = await start()
    await Promise.all([next(a, 'peer:connect'), friend.connect(address)])
    const gone = next(friend, 'peer:disconnect')
    a.ban(friend.id, 60_000)
    await gone
    expect(await turnedAway(friend, address)).toBe('PEER_DENIED')
    expect(a.unban(friend.id)).toBe(true)
    expect(a.unban(friend.id)).toBe(false)
    await Promise.all([next(a, 'peer:connect'), friend.connect(address)])
    expect(guests).toEqual([friend.id, friend.id])
  })

  it('lets in only whom the list allows, and nobody where the gate throws', async () => {
    const [friend, outsider] = [await start(), await start()]
    const a = await start({ listen: ['tcp://127.0.0.1:0'], allow: [friend.id] })
    expect(await turnedAway(outsider, a.addresses[0])).toBe('PEER_DENIED')
    expect(await friend.connect(a.addresses[0])).toBe(a.id)
    const gate = () => {
      throw new Error('broken hook')
    }
    const shut = await start({ listen: ['tcp://127.0.0.1:0'], gate })
    expect(await turnedAway(friend, shut.addresses[0])).toBeTypeOf('string')
    expect(shut.peers()).toEqual([])
  })
})

describe('networks in memory', () => {
  it('two nodes of one process meet only on the network both were given', async () => {
    const [a] = await meet(1)
    const [other] = await meet(1)
    await expect(other?.connect(a?.addresses[0], { timeoutMs: 100 })).rejects.toMatchObject({
      name: 'HyphaeError',
    })
  })

  it('nodes of different network names do not understand each other', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'], network: 'one' })
    const b = await start({ network: 'two' })
    await expect(b.connect(a.addresses[0], { timeoutMs: 500 })).rejects.toMatchObject({ name: 'HyphaeError' })
  })
})
