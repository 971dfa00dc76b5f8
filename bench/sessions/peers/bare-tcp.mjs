import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { answer, clientOf } from './duplex.mjs'

/** A socket that listens, and what it does with each connection. */
export async function listen(onSocket) {
  const server = createServer({ noDelay: true }, onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: server.address().port, close: () => void server.close() }
}

/** A socket that is connected. */
export async function open(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Sockets of node:net: a write a message, no borders, no encryption. */
export const bareTcp = {
  name: 'bare tcp',
  transport: 'tcp',
  serve: arrivals => listen(socket => answer(socket, arrivals)),
  connect: async port => clientOf(() => open(port)),
}
