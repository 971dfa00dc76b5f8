import { createServer, connect as connectSocket, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { M1, PACKET } from '../../src/wire/handshake.js'
import { closeNodesAfterEach, next, start, until } from './api/support.js'

closeNodesAfterEach()

/** A relay that passes bytes on as they are and keeps a copy of all of them. */
class Relay {
  readonly seen: Buffer[] = []
  /** What the dialling side sent in its first write, joined. */
  fromDialler = 0
  private readonly sockets = new Set<Socket>()
  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async before(target: string): Promise<Relay> {
    const port = Number(target.split(':').at(-1))
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const relay = new Relay(server, `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('connection', near => relay.join(near, connectSocket(port, '127.0.0.1')))
    return relay
  }

  private join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    near.on('data', bytes => {
      this.fromDialler += bytes.length
      this.seen.push(bytes)
      far.write(bytes)
    })
    far.on('data', bytes => {
      this.seen.push(bytes)
      near.write(bytes)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }

  /** Cuts what is open now; later connections pass again. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
    this.sockets.clear()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.server.close(resolve))
  }
}

const relays: Relay[] = []
afterEach(async () => {
  await Promise.all(relays.splice(0).map(relay => relay.close()))
})

async function relayed(target: string): Promise<Relay> {
  const relay = await Relay.before(target)
  relays.push(relay)
  return relay
}

describe('over real sockets, through a relay that sees every byte', () => {
  it('[D5] [C46] [C52] the relay sees ciphertext only: no body, no name, no peer id', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    server.handle('a-telling-name', body => body)
    const relay = await relayed(server.addresses[0])
    await client.connect(`${relay.address}#${server.id}`)
    const marker = 'the quick brown marker that must not be seen'
    expect(await client.request(server.id, 'a-telling-name', { marker })).toEqual({ marker })
    const capture = Buffer.concat(relay.seen)
    expect(capture.length).toBeGreaterThan(5000)
    for (const text of [marker, 'a-telling-name', server.id, client.id, 'marker']) {
      expect(capture.includes(text)).toBe(false)
    }
  })

  it('[D142] [E11] the handshake is hybrid post-quantum by default: a whole X-Wing first message travels', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    const relay = await relayed(server.addresses[0])
    await client.connect(relay.address)
    expect(relay.fromDialler).toBeGreaterThan(M1.bytes)
    expect(client.diagnostics().suite).toContain('X-Wing')
    expect(Object.keys(client.diagnostics().backends)).toEqual(expect.arrayContaining(['mlkem768', 'x25519']))
  })

  it('[C7] [E14] a stream survives a dropped socket: the session resumes through the same address', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    const relay = await relayed(server.addresses[0])
    const taken = new Promise<Uint8Array>((resolve, reject) => {
      server.handleStream('bytes', async stream => {
        const parts: Uint8Array[] = []
        for await (const part of stream.readable) parts.push(part)
        resolve(Buffer.concat(parts))
        return undefined
      })
      server.on('error', reject)
    })
    // A session counts on both sides once the first record of the dialling one arrived.
    const arrived = next(server, 'peer:connect')
    await client.connect(`${relay.address}#${server.id}`)
    await arrived
    const lost: string[] = []
    client.on('peer:disconnect', event => lost.push(event.peer))
    const stream = await client.open(server.id, 'bytes')
    const writer = stream.writable.getWriter()
    const chunk = new Uint8Array(50_000).map((_, i) => i % 251)
    for (let i = 0; i < 20; i++) {
      await writer.write(chunk)
      if (i % 7 === 3) relay.cut()
    }
    await writer.close()
    const got = await taken
    expect(got.length).toBe(1_000_000)
    expect(Buffer.from(got).equals(Buffer.concat(Array.from({ length: 20 }, () => chunk)))).toBe(true)
    expect(lost).toEqual([])
    expect(client.diagnostics().handshakes['attached']).toBeGreaterThan(0)
  })

  it('[E14] an address change keeps the session: from TCP to WebSocket in the middle of a stream', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] })
    const client = await start()
    const [tcp, ws] = server.addresses
    const taken = new Promise<number>(resolve => {
      server.handleStream('bytes', async stream => {
        let bytes = 0
        for await (const part of stream.readable) bytes += part.length
        resolve(bytes)
      })
    })
    await client.connect(tcp)
    const stream = await client.open(server.id, 'bytes')
    const writer = stream.writable.getWriter()
    await writer.write(new Uint8Array(300_000))
    await client.migrate(server.id, ws)
    await writer.write(new Uint8Array(300_000))
    await writer.close()
    expect(await taken).toBe(600_000)
    expect(client.peers()[0]).toMatchObject({ transport: 'ws', state: 'connected' })
    expect(client.diagnostics().handshakes).toMatchObject({ established: 1, attached: 1 })
  })

  it('[E8] both sides introduce themselves, and a ping measures the round trip', async () => {
    const server = await start({ listen: ['ws://127.0.0.1:0'] })
    const client = await start()
    await client.connect(server.addresses[0])
    const rttMs = await client.ping(server.id)
    expect(rttMs).toBeGreaterThan(0)
    expect(rttMs).toBeLessThan(5000)
    await until(() => client.peers()[0].agent !== '')
    expect(client.peers()[0].agent).toMatch(/^hyphae/)
    expect(client.peers()[0].addresses).toContain(server.addresses[0])
    expect(client.peers()[0].rttMs).toBe(rttMs)
  })

  it('[E15] a second visit resumes with a ticket; its first flight carries the request', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'] })
    const client = await start()
    let runs = 0
    server.handle('idempotent', body => {
      runs++
      return body
    })
    await client.connect(server.addresses[0])
    await client.request(server.id, 'idempotent', 1)
    const gone = next(client, 'peer:disconnect')
    client.disconnect(server.id)
    await gone
    expect(await client.request(server.id, 'idempotent', 2, { idempotent: true })).toBe(2)
    expect(client.diagnostics().handshakes).toMatchObject({ established: 2, resumed: 1 })
    expect(runs).toBe(2)
  })

  it('[E15] the first flight of a resumption, recorded and replayed, reaches no handler', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'], advertise: [] })
    const client = await start()
    let runs = 0
    server.handle('idempotent', () => {
      runs++
    })
    const relay = await relayed(server.addresses[0])
    await client.connect(`${relay.address}#${server.id}`)
    await client.request(server.id, 'idempotent')
    const gone = next(client, 'peer:disconnect')
    client.disconnect(server.id)
    await gone
    const from = relay.seen.length
    await client.request(server.id, 'idempotent', 2, { idempotent: true })
    const flight = relay.seen.slice(from).find(bytes => bytes[0] === PACKET.resume) as Buffer
    expect(runs).toBe(2)
    const socket = connectSocket(Number(server.addresses[0].split(':').at(-1)), '127.0.0.1')
    const answer = new Promise<number>(resolve => socket.once('data', bytes => resolve(bytes[0])))
    socket.write(flight)
    expect(await answer).toBe(PACKET.ticketUnknown)
    socket.destroy()
    expect(runs).toBe(2)
  })
})
