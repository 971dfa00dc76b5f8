import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HyphaeNode } from '../../src/index.js'
import { createNode, identities } from '../../src/platform/node.js'
import { afterwards, directory, file, Inside, linesOf, Outside, outside } from './support.js'

async function client(listen: string[] = [], identity = identities.create()): Promise<HyphaeNode> {
  const node = await createNode({ listen, identity })
  afterwards(() => node.close({ timeoutMs: 0 }))
  return node
}

describe('hyphae start', () => {
  it('[D108][D93] starts from a file, is healthy, and drains and ends with 0 when asked to', async () => {
    const config = file('network:\n  listen_address: "127.0.0.1:0"\n', 'node.yaml')
    const node = new Outside(['start', '--config', config, '--json'])
    const { listening, peer } = await node.event('ready')
    const [address] = listening as string[]
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*$/)
    const health = await outside(['ping', `${address}#${String(peer)}`, '--count', '1'])
    expect(health.code).toBe(0)
    node.child.kill('SIGTERM')
    expect(await node.ended).toEqual({ code: 0, signal: null })
    expect(linesOf(node.stdout).at(-1)).toEqual({ event: 'stopped' })
  })

  it('[D93] listens where the environment says, over the file', async () => {
    const config = file('network:\n  listen_address: "127.0.0.1:1"\n', 'node.yaml')
    const env = { HYPHAE_NETWORK__LISTEN_ADDRESS: 'tcp://127.0.0.1:0' }
    const node = new Outside(['start', '--config', config, '--json'], env)
    const { listening, peer } = await node.event('ready')
    expect(await (await client()).connect((listening as string[])[0])).toBe(peer)
  })

  it('[D112] is named by NODE_ID, and tells its peers', async () => {
    const env = { NODE_ID: 'hyphae-node-2', HYPHAE_NETWORK__LISTEN_ADDRESS: '127.0.0.1:0' }
    const node = new Outside(['start', '--json'], env)
    const { name, listening } = await node.event('ready')
    expect(name).toBe('hyphae-node-2')
    const other = await client()
    const told = new Promise(resolve => other.once('peer:identify', ({ agent }) => resolve(agent)))
    await other.connect((listening as string[])[0])
    expect(await told).toBe('hyphae/0.1 hyphae-node-2')
  })

  it('[D95] dials its bootstrap nodes, and comes back to one that was away', async () => {
    const identity = identities.create()
    const first = await client(['ws://127.0.0.1:0'], identity)
    const [address] = first.addresses
    const port = address.slice('ws://'.length)
    const config = file(`network:\n  listen_address: "127.0.0.1:0"\n  bootstrap_nodes: ["${port}"]\n`, 'node.yaml')
    const node = new Outside(['start', '--config', config, '--json'])
    const { peer } = await node.event('ready')
    const met = await node.event('peer:connect')
    expect(met).toMatchObject({ peer: first.id, direction: 'outbound', address })
    expect(met).not.toHaveProperty('channelBinding')
    expect(first.peers().map(known => known.id)).toEqual([peer])
    await first.close({ timeoutMs: 0 })
    await node.event('peer:disconnect')
    const second = await client([address], identity)
    const back = await new Promise(resolve => second.once('peer:connect', ({ peer }) => resolve(peer)))
    expect(back).toBe(peer)
  })

  it('[D94] tells its peers the external address', async () => {
    const env = {
      HYPHAE_NETWORK__LISTEN_ADDRESS: '127.0.0.1:0',
      HYPHAE_NETWORK__EXTERNAL_ADDRESS: 'node.example.net:8000',
    }
    const node = new Outside(['start', '--json'], env)
    const { listening, advertising } = await node.event('ready')
    const other = await client()
    const told = new Promise(resolve => other.once('peer:identify', ({ addresses }) => resolve(addresses)))
    await other.connect((listening as string[])[0])
    expect([advertising, await told]).toEqual([['ws://node.example.net:8000'], ['ws://node.example.net:8000']])
  })

  it('[D96] refuses the 101st connection where 100 are allowed', { timeout: 60_000 }, async () => {
    const config = file(
      'network:\n  listen_address: "tcp://127.0.0.1:0"\n  max_connections: 100\n  max_connections_per_host: 1000\n  exempt_loopback: true\n',
      'node.yaml',
    )
    const node = new Outside(['start', '--config', config, '--json'])
    const [address] = (await node.event('ready')).listening as string[]
    for (let i = 0; i < 100; i++) await (await client()).connect(address)
    await expect((await client()).connect(address, { timeoutMs: 3000 })).rejects.toMatchObject({ name: 'HyphaeError' })
    expect(linesOf(node.stdout).filter(line => line.event === 'peer:connect')).toHaveLength(100)
  })

  it('keeps its identity and shows everything to people', async () => {
    const within = directory()
    const env = {
      HYPHAE_NETWORK__LISTEN_ADDRESS: '127.0.0.1:0',
      HYPHAE_STORAGE__PATH: join(within, 'state'),
      HYPHAE_NODE__NAME: 'north',
    }
    const shown: string[] = []
    for (let run = 0; run < 2; run++) {
      const io = new Inside(env)
      const done = io.run('start')
      const address = await until(() => /listening {4}(\S+)/.exec(io.stdout)?.[1])
      const other = await client()
      const peer = await other.connect(address)
      await other.send(peer, 'hello', { to: 'north', big: 5n }, { qos: 0 })
      await until(() => /message hello/.exec(io.stdout)?.[0])
      other.datagram(peer, new Uint8Array(7))
      await until(() => /datagram of 7 bytes/.exec(io.stdout)?.[0])
      other.disconnect(peer)
      await until(() => /\n- /.exec(io.stdout)?.[0])
      io.controller.abort()
      expect(await done).toBe(0)
      expect(io.stdout).toMatch(
        /^node north\n {2}peer id[^]*\n\+ [^]*\(inbound, ws, [^]*runs hyphae\/0.1\n[^]*draining\nstopped\n$/,
      )
      shown.push(/peer id {6}(\S+)/.exec(io.stdout)?.[1] as string)
    }
    expect(shown[1]).toBe(shown[0])
  })

  it('tells what goes wrong while it runs', async () => {
    const io = new Inside({
      HYPHAE_NETWORK__LISTEN_ADDRESS: '127.0.0.1:0',
      HYPHAE_NETWORK__BOOTSTRAP_NODES: 'tcp://127.0.0.1:1',
    })
    const done = io.run('start', '--json')
    expect(await io.event('error')).toMatchObject({ kind: 'bootstrap', error: { code: 'DIAL_FAILED' } })
    io.controller.abort()
    expect(await done).toBe(0)
  })

  it.each([
    ['a bad value', 'network: {max_connections: 0}', 3],
    ['an address that cannot be listened at', 'network: {listen_address: "ws://192.0.2.1:8000"}', 2],
  ])('does not start with %s', async (_what, text, exit) => {
    expect(await new Inside().run('start', '--config', file(text, 'node.yaml'))).toBe(exit)
  })
})

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
