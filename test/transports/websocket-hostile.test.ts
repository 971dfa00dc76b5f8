import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { LIMITS } from '../../src/core/limits.js'
import type { Carrier } from '../../src/ports/transport.js'
import { websocket } from '../../src/transports/websocket/node.js'
import { realPorts } from './support.js'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const work of cleanup.splice(0).reverse()) await work()
})

async function listen(): Promise<{ port: number }> {
  const carriers: Carrier[] = []
  const listener = await websocket()(realPorts).listen('ws://127.0.0.1:0', carrier => {
    carriers.push(carrier)
    carrier.bind({ onData: () => undefined, onDrain: () => undefined, onClose: () => undefined })
  })
  cleanup.push(() => listener.close())
  cleanup.push(() => carriers.forEach(carrier => carrier.close(true)))
  return { port: Number(/:(\d+)/.exec(listener.address)?.[1]) }
}

async function socketTo(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => undefined)
  cleanup.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** A raw socket behind a finished upgrade, reading nothing. */
async function upgraded(port: number): Promise<Socket> {
  const socket = await socketTo(port)
  const key = Buffer.alloc(16, 1).toString('base64')
  const head = ['GET / HTTP/1.1', 'host: x', 'upgrade: websocket', 'connection: upgrade', 'sec-websocket-version: 13']
  socket.write(`${head.join('\r\n')}\r\nsec-websocket-key: ${key}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  return socket
}

/** A masked client frame. */
function frame(opcode: number, fin: boolean, payload: Uint8Array): Buffer {
  const short = payload.length < 126
  const head = short ? Buffer.alloc(6) : Buffer.alloc(8)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = 0x80 | (short ? payload.length : 126)
  if (!short) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

/** Writes until the other side stops reading or `bytes` are out; answers what was taken. */
async function pour(socket: Socket, chunk: Buffer, bytes: number): Promise<number> {
  let sent = 0
  while (sent < bytes && !socket.destroyed) {
    sent += chunk.length
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
  return sent
}

describe('a WebSocket peer that abuses the framing', () => {
  it('[C71] pings without end and reads nothing: one answer waits, not one for each', async () => {
    const { port } = await listen()
    const socket = await upgraded(port)
    const pings = Buffer.concat(Array.from({ length: 2000 }, () => frame(9, true, Buffer.alloc(125))))
    expect(await pour(socket, pings, 16 * 1024 * 1024)).toBeGreaterThanOrEqual(16 * 1024 * 1024)
    expect(socket.destroyed).toBe(false)
    // 16 MiB of pings would be 15 MiB of pongs; what waits is one of them beside what the kernel's own buffers took.
    let answered = 0
    socket.on('data', (bytes: Buffer) => (answered += bytes.length))
    socket.resume()
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(answered).toBeLessThan(8 * 1024 * 1024)
    // And one who reads is answered as ever.
    const fair = new WebSocket(`ws://127.0.0.1:${port}/`)
    cleanup.push(() => fair.terminate())
    await once(fair, 'open')
    const pongs: string[] = []
    fair.on('pong', data => pongs.push(data.toString()))
    for (const payload of ['1', '2', '3']) fair.ping(payload)
    while (pongs.at(-1) !== '3') await new Promise(resolve => setImmediate(resolve))
    expect(['1,2,3', '1,3']).toContain(pongs.join(','))
  })

  it('[C71] sends a message in one fragment too many: closed', async () => {
    const { port } = await listen()
    const socket = await upgraded(port)
    const closed = once(socket, 'close')
    socket.resume()
    socket.write(frame(2, false, Buffer.alloc(1)))
    socket.write(
      Buffer.concat(Array.from({ length: LIMITS.maxWebSocketFragments }, () => frame(0, false, Buffer.alloc(1)))),
    )
    await closed
  })
})
