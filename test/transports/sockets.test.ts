import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { LIMITS } from '../../src/core/limits.js'
import type { Carrier, TransportFactory } from '../../src/ports/transport.js'
import { dialFailure, listenFailure } from '../../src/transports/failures.js'
import { Vestibule } from '../../src/transports/socket/accept/node.js'
import { tcp } from '../../src/transports/tcp/node.js'
import { websocket } from '../../src/transports/websocket/node.js'
import { containing, ManualClock, realPorts } from './support.js'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const work of cleanup.splice(0).reverse()) await work()
})

async function listen(factory: TransportFactory, address: string, clock = realPorts.clock) {
  const accepted: Carrier[] = []
  const listener = await factory({ ...realPorts, clock }).listen(address, carrier => accepted.push(carrier))
  cleanup.push(() => listener.close())
  cleanup.push(() => accepted.forEach(carrier => carrier.close(true)))
  return { accepted, address: listener.address, port: Number(/:(\d+)/.exec(listener.address)?.[1]) }
}

async function dial(factory: TransportFactory, address: string, clock = realPorts.clock) {
  const carrier = await factory({ ...realPorts, clock }).dial(address, {})
  cleanup.push(() => carrier.close(true))
  return carrier
}

/** A raw TCP connection and everything it receives. */
async function raw(port: number): Promise<{ socket: Socket; closed: Promise<unknown>; text: () => string }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  cleanup.push(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  const closed = new Promise(resolve => socket.once('close', resolve))
  await once(socket, 'connect')
  return { socket, closed, text: () => text }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn()
}

const gone = (carrier: Carrier, pause = false): Promise<Error | undefined> =>
  new Promise(resolve => {
    carrier.bind({ onData: () => undefined, onDrain: () => undefined, onClose: resolve })
    carrier.pause(pause)
  })

const kinds: [scheme: string, make: typeof websocket][] = [
  ['tcp', tcp],
  ['ws', websocket],
]

describe.each(kinds)('%s sockets', (scheme, make) => {
  it('closes connections past maxConnections at once', async () => {
    const { accepted, address } = await listen(make({ maxConnections: 2 }), `${scheme}://127.0.0.1:0`)
    await dial(make(), address)
    await dial(make(), address)
    await until(() => accepted.length === 2)
    const third = await dial(make(), address).then(gone, (error: unknown) => error)
    expect(third === undefined || third instanceof Error).toBe(true)
    expect(accepted).toHaveLength(2)
  })

  it('cuts a peer that does not take the rest in time after close', async () => {
    const clock = new ManualClock()
    const { accepted, address } = await listen(make(), `${scheme}://127.0.0.1:0`)
    const carrier = await dial(make(), address, clock)
    await until(() => accepted.length === 1)
    void gone(accepted[0], true)
    const closed = gone(carrier)
    const bytes = new Uint8Array(32 * 1024 * 1024)
    expect(carrier.write(bytes, 0, bytes.length)).toBe(false)
    carrier.close()
    for (let i = 0; i < 20; i++) await turn()
    clock.advance(LIMITS.carrierLingerMs)
    expect(await closed).toMatchObject({ code: 'CLOSED', retryable: true })
    expect(clock.pending).toBe(0)
  })

  it('gives up after the timeout of the transport when the dial names none', async () => {
    const clock = new ManualClock()
    const { address } = await listen(make(), `${scheme}://127.0.0.1:0`)
    const dialling = make({ connectionTimeoutMs: 700 })({ ...realPorts, clock }).dial(address, {})
    clock.advance(699)
    clock.advance(1)
    await expect(dialling).rejects.toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 700 } })
    const byDefault = make()({ ...realPorts, clock }).dial(address, {})
    clock.advance(29_999)
    expect(clock.pending).toBe(1)
    clock.advance(1)
    await expect(byDefault).rejects.toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 30_000 } })
  })

  it('reports a connection that breaks as lost, with the cause', async () => {
    const { accepted, address, port } = await listen(make(), `${scheme}://127.0.0.1:0`)
    const middle = createServer(near => {
      const far = connect(port, '127.0.0.1')
      near.on('data', chunk => far.write(chunk)).on('error', () => undefined)
      far.on('data', chunk => near.write(chunk)).on('error', () => undefined)
      cleanup.push(() => near.destroy())
      breakIt = () => far.resetAndDestroy()
    })
    let breakIt = (): unknown => undefined
    await new Promise<void>(resolve => middle.listen(0, '127.0.0.1', resolve))
    cleanup.push(() => middle.close())
    await dial(make(), address.replace(String(port), String((middle.address() as { port: number }).port)))
    await until(() => accepted.length === 1)
    const closed = gone(accepted[0])
    breakIt()
    expect(await closed).toMatchObject({ code: 'CLOSED', details: { reason: 'ECONNRESET' } })
  })

  it('listens on IPv6 and names addresses of this machine it does not have', async () => {
    const { accepted, address } = await listen(make(), `${scheme}://[::1]:0`)
    const carrier = await dial(make(), address)
    await until(() => accepted.length === 1)
    expect(carrier.info.host).toBe('::1')
    expect(accepted[0]?.info).toMatchObject({ host: '::1', remote: containing('://[::1]:') })
    await expect(listen(make(), `${scheme}://192.0.2.1:0`)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { reason: 'EADDRNOTAVAIL' },
      remedy: containing('0.0.0.0'),
    })
  })

  it('shows IPv4 peers of a dual-stack listener as IPv4', async () => {
    const { accepted, port } = await listen(make(), `${scheme}://[::]:0`)
    await dial(make(), `${scheme}://127.0.0.1:${port}`)
    await until(() => accepted.length === 1)
    expect(accepted[0]?.info.host).toBe('127.0.0.1')
  })
})

describe('ws upgrades', () => {
  const status = (port: number, path: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, headers, agent: false }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
      asked.end()
    })
  const upgrade = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }

  it('answers 426 to plain requests, 404 on other paths, 403 to origins that are not allowed', async () => {
    const allowOrigin = (origin: string): boolean => origin === 'https://good.example'
    const { port, accepted } = await listen(websocket({ allowOrigin }), 'ws://127.0.0.1:0/mesh')
    expect(await status(port, '/mesh', {})).toBe(426)
    expect(await status(port, '/other', upgrade)).toBe(404)
    expect(await status(port, '/mesh', { ...upgrade, origin: 'https://bad.example' })).toBe(403)
    expect(await status(port, '/mesh', { ...upgrade, 'sec-websocket-version': '7' })).toBe(400)
    expect(accepted).toHaveLength(0)
    const page = new WebSocket(`ws://127.0.0.1:${port}/mesh`, { origin: 'https://good.example' })
    cleanup.push(() => page.terminate())
    await once(page, 'open')
    expect(accepted).toHaveLength(1)
  })

  it('refuses headers one step past the limit', async () => {
    const { port, accepted } = await listen(websocket(), 'ws://127.0.0.1:0')
    expect(await status(port, '/', { padding: 'x'.repeat(LIMITS.maxUpgradeHeaderBytes - 200) })).toBe(426)
    expect(await status(port, '/', { ...upgrade, padding: 'x'.repeat(LIMITS.maxUpgradeHeaderBytes) })).toBe(431)
    expect(accepted).toHaveLength(0)
  })

  it('says what a server answered that is no WebSocket', async () => {
    const { port } = await listen(websocket(), 'ws://127.0.0.1:0/mesh')
    await expect(dial(websocket(), `ws://127.0.0.1:${port}/elsewhere`)).rejects.toMatchObject({
      code: 'DIAL_FAILED',
      message: containing('404'),
    })
  })

  it('closes on a text message and on one byte more than a message may have', async () => {
    const { port, accepted } = await listen(websocket(), 'ws://127.0.0.1:0')
    const codes: number[] = []
    for (const message of ['text', new Uint8Array(LIMITS.maxWebSocketMessageBytes + 1)]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      socket.on('error', () => undefined)
      cleanup.push(() => socket.terminate())
      await once(socket, 'open')
      const closed = gone(accepted.at(-1) as Carrier)
      const code = once(socket, 'close').then(([number]) => codes.push(number as number))
      socket.send(message)
      expect(await closed).toBeInstanceOf(Error)
      await code
    }
    expect(codes).toEqual([1003, 1009])
  })

  it('masks with random bytes, and with zeros only when told to', async () => {
    for (const zeroMask of [false, true]) {
      let seen = Buffer.alloc(0)
      const server = createServer(socket => {
        socket.on('error', () => undefined)
        socket.on('data', (chunk: Buffer) => {
          seen = Buffer.concat([seen, chunk])
          const key = /sec-websocket-key: (\S+)/i.exec(seen.toString('latin1'))?.[1]
          if (key === undefined || !seen.subarray(-4).equals(Buffer.from('\r\n\r\n'))) return
          const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
          const head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n'
          seen = Buffer.alloc(0)
          socket.write(`${head}sec-websocket-accept: ${accept}\r\n\r\n`)
        })
        cleanup.push(() => socket.destroy())
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      cleanup.push(() => server.close())
      const { port } = server.address() as { port: number }
      const carrier = await dial(websocket({ zeroMask }), `ws://127.0.0.1:${port}`)
      carrier.write(Buffer.from('plain'), 0, 5)
      await until(() => seen.length >= 11)
      expect(seen.readUInt8(1)).toBe(0x80 | 5)
      expect(seen.readUInt32BE(2) === 0).toBe(zeroMask)
      expect(seen.subarray(6).toString() === 'plain').toBe(zeroMask)
    }
  })

  it('negotiates no compression', async () => {
    const { port } = await listen(websocket(), 'ws://127.0.0.1:0')
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: true })
    cleanup.push(() => socket.terminate())
    await once(socket, 'open')
    expect(socket.extensions).toBe('')
  })

  it('ends connections that do not finish the upgrade in time, and those still waiting when it closes', async () => {
    const clock = new ManualClock()
    const transport = websocket()({ ...realPorts, clock })
    const listener = await transport.listen('ws://127.0.0.1:0', () => undefined)
    const port = Number(/:(\d+)/.exec(listener.address)?.[1])
    const slow = await raw(port)
    slow.socket.write('GET / HTTP/1.1\r\n')
    await until(() => clock.pending === 1)
    clock.advance(LIMITS.acceptMs - 1)
    expect(clock.pending).toBe(1)
    clock.advance(1)
    await slow.closed
    const other = await raw(port)
    await until(() => clock.pending === 1)
    await listener.close()
    await other.closed
    expect(clock.pending).toBe(0)
  })
})

describe('the vestibule of a listener', () => {
  it('ends the oldest for one more than it may hold', async () => {
    const clock = new ManualClock()
    const vestibule = new Vestibule(clock, 2)
    const server = createServer(socket => vestibule.enter(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    cleanup.push(() => server.close())
    cleanup.push(() => vestibule.empty())
    const { port } = server.address() as { port: number }
    const first = await raw(port)
    await raw(port)
    await until(() => vestibule.size === 2)
    const third = await raw(port)
    await first.closed
    expect(vestibule.size).toBe(2)
    third.socket.destroy()
    await until(() => vestibule.size === 1)
    expect(clock.pending).toBe(1)
    await raw(port)
    await until(() => vestibule.size === 2)
  })
})

describe('the network permission of Deno', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('is asked for by host and port, and refused as PERMISSION', async () => {
    const asked: string[] = []
    const requestSync = ({ host }: { host: string }) => ({ state: asked.push(host) > 2 ? 'denied' : 'granted' })
    vi.stubGlobal('Deno', { permissions: { requestSync } })
    const { address, port } = await listen(tcp(), 'tcp://127.0.0.1:0')
    await dial(tcp(), address)
    await expect(dial(tcp(), address)).rejects.toMatchObject({ code: 'PERMISSION', remedy: containing('--allow-net') })
    await expect(listen(tcp(), 'tcp://[::1]:0')).rejects.toMatchObject({ code: 'PERMISSION' })
    expect(asked).toEqual(['127.0.0.1:0', `127.0.0.1:${port}`, `127.0.0.1:${port}`, '[::1]:0'])
  })
})

describe('failures of sockets', () => {
  const failed = (code: string): Error => Object.assign(new Error(code), { code })

  it.each([
    ['ECONNREFUSED', 'DIAL_FAILED', 'listens'],
    ['ENOTFOUND', 'DIAL_FAILED', 'name'],
    ['ENETUNREACH', 'DIAL_FAILED', 'network'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'DIAL_FAILED', 'TLS 1.3'],
    ['EACCES', 'PERMISSION', ''],
    ['CERT_HAS_EXPIRED', 'CERTIFICATE_EXPIRED', 'renew'],
    ['CERT_REVOKED', 'CERTIFICATE_REVOKED', 'new certificate'],
    ['CERT_NOT_YET_VALID', 'CERTIFICATE_INVALID', ''],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERTIFICATE_INVALID', 'tls.ca'],
    ['UNABLE_TO_GET_CRL', 'CERTIFICATE_INVALID', ''],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERTIFICATE_INVALID', 'serverName'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'DIAL_FAILED', ''],
  ])('dialling: %s becomes %s', (reason, code, remedy) => {
    const error = dialFailure('tcp://h:1', failed(reason))
    expect(error).toMatchObject({ code, remedy: containing(remedy), details: { reason } })
    expect(dialFailure('tcp://h:1', new AggregateError([failed(reason)])).code).toBe(code)
  })

  it('knows the errors that Deno names by class', () => {
    const named = (name: string): Error => Object.assign(new Error(name), { name })
    expect(dialFailure('tcp://h:1', named('NotCapable')).code).toBe('PERMISSION')
    expect(listenFailure('tcp://h:1', named('AddrInUse')).details).toMatchObject({ reason: 'EADDRINUSE' })
    expect(dialFailure('tcp://h:1', named('Unheard'))).toMatchObject({ code: 'DIAL_FAILED', retryable: true })
  })

  it.each([
    ['EADDRINUSE', 'INVALID_ARGUMENT', 'port 0', true],
    ['EACCES', 'PERMISSION', '1024', false],
    ['EADDRNOTAVAIL', 'INVALID_ARGUMENT', '0.0.0.0', false],
    ['EMFILE', 'INVALID_ARGUMENT', '', false],
  ])('listening: %s becomes %s', (reason, code, remedy, retryable) => {
    const error = listenFailure('tcp://h:1', failed(reason))
    expect(error).toMatchObject({ code, retryable, remedy: containing(remedy), details: { reason } })
  })
})
