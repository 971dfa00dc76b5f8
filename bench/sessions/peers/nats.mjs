import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { natsPackage } from '../../peers/session-packages.mjs'

/** Publications between two looks at whether the server keeps up. */
const SENDS_A_FLUSH = 4096

/** NATS: both sides are clients of a server of its own process; no encryption. */
export const nats = {
  name: 'nats',
  package: '@nats-io/transport-node',
  bring: 'apt-get install nats-server',
  transport: 'tcp',
  listensElsewhere: true,

  async serve(arrivals) {
    const { connect } = await natsPackage()
    const { port, stop } = await startServer()
    const connection = await connect({ servers: `127.0.0.1:${port}` })
    connection.subscribe('count', { callback: (_, { data }) => arrivals.add(data.length) })
    connection.subscribe('echo', { callback: (_, message) => message.respond(message.data) })
    await connection.flush()
    const close = async () => {
      await connection.close()
      stop()
    }
    return { address: port, close }
  },

  async connect(port) {
    const { connect } = await natsPackage()
    const options = { servers: `127.0.0.1:${port}` }
    const connection = await connect(options)
    return {
      dialer: async () => async () => async () => {
        const other = await connect(options)
        return () => other.close()
      },
      channel: async kind => channelOf(connection, kind === 'echo' ? 'echo' : 'count'),
      requester: async body => () => connection.request('echo', body),
      close: () => connection.close(),
    }
  },
}

function channelOf(connection, subject) {
  const back = `back.${Math.random().toString(36).slice(2)}`
  let sent = 0
  return {
    send(bytes) {
      connection.publish(subject, bytes, { reply: back })
      return ++sent % SENDS_A_FLUSH !== 0
    },
    drained: () => connection.flush(),
    onBytes(take) {
      if (this.take === undefined) connection.subscribe(back, { callback: (_, { data }) => this.take(data.length) })
      this.take = take
    },
  }
}

/** Starts nats-server on a free port; rejects where it is not installed. */
async function startServer() {
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1'], { stdio: ['ignore', 'ignore', 'pipe'] })
  process.once('exit', () => server.kill())
  try {
    await once(server, 'spawn')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Error('nats-server is not installed', { cause: error })
  }
  for await (const line of createInterface({ input: server.stderr })) {
    const [, port] = /client connections on .*:(\d+)/.exec(line) ?? []
    if (port === undefined) continue
    // Whatever else it says is of no interest, but must not fill its pipe.
    server.stderr.resume()
    return { port: Number(port), stop: () => server.kill() }
  }
  throw new Error('nats-server ended before it listened')
}
