import { once } from 'node:events'
import { wsPackage } from '../../peers/session-packages.mjs'
import { pipelined } from './pipelined.mjs'

/** As much waits in a socket before its user has to wait, as bare sockets of Node have it by default for bulk. */
const MOST_WAITING_BYTES = 1 << 20

/** WebSockets of `ws` without compression: a message a send, no encryption. */
export const bareWs = {
  name: 'bare ws',
  package: 'ws',
  transport: 'ws',

  async serve(arrivals) {
    const { WebSocketServer } = await wsPackage()
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    server.on('connection', (socket, { url }) => {
      socket.on('error', () => {})
      if (url === '/echo') socket.on('message', bytes => socket.send(bytes))
      else socket.on('message', bytes => arrivals.add(bytes.length))
    })
    await once(server, 'listening')
    return { address: server.address().port, close: () => void server.close() }
  },

  async connect(port) {
    const { WebSocket } = await wsPackage()
    const sockets = []
    const open = async kind => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/${kind}`, { perMessageDeflate: false })
      await once(socket, 'open')
      return socket
    }
    const channel = async kind => {
      const socket = await open(kind)
      sockets.push(socket)
      return channelOf(socket)
    }
    return {
      dialer: async () => async () => async () => {
        const socket = await open('echo')
        return () => socket.terminate()
      },
      channel,
      requester: async body => pipelined(await channel('echo'), body),
      close: () => sockets.forEach(socket => socket.terminate()),
    }
  },
}

const channelOf = socket => ({
  send(bytes) {
    socket.send(bytes)
    return socket.bufferedAmount < MOST_WAITING_BYTES
  },
  async drained() {
    while (socket.bufferedAmount >= MOST_WAITING_BYTES / 2) await new Promise(resolve => setImmediate(resolve))
  },
  onBytes(take) {
    if (this.take === undefined) socket.on('message', bytes => this.take(bytes.length))
    this.take = take
  },
})
