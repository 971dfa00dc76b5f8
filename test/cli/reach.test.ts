import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { testPort } from '../../src/cli/port-test.js'
import type { NodeOptions } from '../../src/index.js'
import { createNode, identities } from '../../src/platform/node.js'
import { afterwards, Inside, linesOf, outside } from './support.js'

async function node(options: NodeOptions = {}) {
  const made = await createNode({ listen: ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0'], ...options })
  afterwards(() => made.close({ timeoutMs: 0 }))
  return made
}

/** Takes connections and never says a word. */
async function mute(): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

async function ping(...typed: string[]) {
  const io = new Inside()
  const code = await io.run('ping', ...typed, '--json')
  return { code, lines: linesOf(io.stdout) }
}

describe('hyphae ping', () => {
  it('[D136] measures round trips to a node by address', async () => {
    const other = await node()
    const { code, stdout } = await outside(['ping', other.addresses[0], '--count', '3', '--interval', '1', '--json'])
    const lines = linesOf(stdout)
    expect(code).toBe(0)
    expect(lines.map(line => line.event)).toEqual(['connected', 'ping', 'ping', 'ping', 'summary'])
    expect(lines[0]).toMatchObject({
      peer: other.id,
      transport: 'ws',
      suite: expect.stringContaining('X-Wing') as string,
    })
    expect(lines[4]).toMatchObject({ sent: 3, answered: 3, lost: 0, rttMs: { count: 3 } })
    for (const line of lines.slice(1, 4)) expect(line.rttMs).toBeGreaterThan(0)
  })

  it('shows a table to people, and takes a peer id with an address beside it', async () => {
    const other = await node()
    const io = new Inside()
    expect(await io.run('ping', other.id, '--at', other.addresses[1], '--count', '2', '--interval', '1')).toBe(0)
    expect(io.stdout).toMatch(/connected to .*tcp.*\n1: .* ms\n2: .* ms\n\nsent {2}answered/)
  })

  it('[D136] tells step, code and remedy where nobody listens, and ends with 4', async () => {
    const { code, stdout } = await outside(['ping', `127.0.0.1:${await closedPort()}`])
    expect(code).toBe(4)
    expect(stdout).toMatch(
      /cannot be reached\n {2}step {4}dial\n {2}code {4}DIAL_FAILED\n {2}what .*ECONNREFUSED.*\n {2}remedy {2}.+/,
    )
  })

  it('ends with 5 where somebody listens and says nothing', async () => {
    const { code, lines } = await ping(`tcp://127.0.0.1:${await mute()}`, '--timeout', '200')
    expect(code).toBe(5)
    expect(lines).toMatchObject([{ event: 'unreachable', code: 'TIMEOUT', exitCode: 5 }])
  })

  it('[D136] tells who answers instead where another identity took the address, and ends with 7', async () => {
    const other = await node()
    const { id } = identities.create()
    const { code, lines } = await ping(`${other.addresses[0]}#${id}`, '--timeout', '2000')
    const event = lines.find(line => line.event === 'unreachable')
    expect(event).toMatchObject({ step: 'certificate', code: 'IDENTITY_MISMATCH', answers: other.id, exitCode: 7 })
    expect(code).toBe(7)
  })

  it('ends with 4 for a peer of which no address is known', async () => {
    const { code, lines } = await ping(identities.create().id)
    expect([code, lines[0]?.code]).toEqual([4, 'NO_ADDRESS'])
  })

  it('says which peers are not wanted', async () => {
    const other = await node({ allow: [identities.create().id] })
    const { code, lines } = await ping(other.addresses[0], '--timeout', '2000')
    expect([code, lines.at(-1)]).toEqual([6, expect.objectContaining({ event: 'error', code: 'PEER_DENIED' })])
  })

  it('stops when it is asked to, and tells what it has', async () => {
    const other = await node()
    const io = new Inside()
    const done = io.run('ping', other.addresses[0], '--interval', '60000', '--json')
    await io.event('ping')
    io.controller.abort()
    expect(await done).toBe(0)
    expect(await io.event('summary')).toMatchObject({ sent: 1, answered: 1 })
  })

  it('tells of lost answers', async () => {
    const other = await node()
    const io = new Inside()
    const done = io.run('ping', other.addresses[0], '--count', '2', '--interval', '300', '--timeout', '300', '--json')
    await io.event('ping')
    await other.close({ timeoutMs: 0 })
    expect(await done).toBe(0)
    expect(await io.event('summary')).toMatchObject({ sent: 2, answered: 1, lost: 1 })
  })
})

describe('port test', () => {
  it('[D137] tells an open port from a closed one', async () => {
    const other = await node()
    const { host } = new URL(other.addresses[0])
    const open = await outside(['ping', '--port', host])
    expect([open.code, open.stdout]).toEqual([0, expect.stringMatching(/^127\.0\.0\.1:\d+ is open \(/)])
    const closed = await outside(['ping', '--port', `127.0.0.1:${await closedPort()}`])
    expect([closed.code, closed.stderr]).toEqual([
      4,
      expect.stringContaining('ECONNREFUSED\n  remedy: nothing listens there'),
    ])
  })

  it('tells names that do not exist, silence and interruption', async () => {
    await expect(testPort({ host: 'no-such-host.invalid', port: 1 }, 5000)).rejects.toMatchObject({
      code: 'DIAL_FAILED',
    })
    // A documentation address: nobody answers there, or the machine has no way to it.
    const silent = testPort({ host: '192.0.2.1', port: 9 }, 50)
    await expect(silent).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|DIAL_FAILED/) as string })
    const interrupted = testPort({ host: '192.0.2.1', port: 9 }, 5000, AbortSignal.timeout(10))
    await expect(interrupted).rejects.toMatchObject({ code: expect.stringMatching(/ABORTED|DIAL_FAILED/) as string })
  })
})
