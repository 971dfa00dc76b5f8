import { libp2pPackages } from '../../peers/session-packages.mjs'
import { pipelined } from './pipelined.mjs'

const PROTOCOLS = { echo: '/bench/echo/1', count: '/bench/count/1', web: '/bench/count/1' }

/** js-libp2p with noise and yamux, without any service; its limits on how often one host may dial are lifted. */
const libp2pOver = transport => {
  async function node(options) {
    const { createLibp2p, noise, yamux, tcp, webSockets } = await libp2pPackages()
    return createLibp2p({
      transports: [transport === 'tcp' ? tcp() : webSockets()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: { inboundConnectionThreshold: 1e6, maxIncomingPendingConnections: 1e3 },
      ...options,
    })
  }
  return {
    name: 'js-libp2p',
    package: 'libp2p',
    needsNode: 22,
    transport,

    async serve(arrivals) {
      const listen = [`/ip4/127.0.0.1/tcp/0${transport === 'ws' ? '/ws' : ''}`]
      const server = await node({ addresses: { listen } })
      const take = (protocol, onData) =>
        server.handle(
          protocol,
          stream => {
            stream.addEventListener('message', ({ data }) => onData(stream, data))
            stream.addEventListener('remoteCloseWrite', () => void stream.close().catch(() => {}))
          },
          { maxInboundStreams: 4096 },
        )
      await take(PROTOCOLS.echo, (stream, data) => stream.send(data))
      await take(PROTOCOLS.count, (_, data) => arrivals.add(data.byteLength))
      return { address: server.getMultiaddrs().map(String)[0], close: () => server.stop() }
    },

    async connect(address) {
      const client = await node()
      const target = (await libp2pPackages()).multiaddr(address)
      const connection = await client.dial(target)
      const open = kind => connection.newStream(PROTOCOLS[kind], { maxOutboundStreams: 4096 })
      return {
        async dialer() {
          const other = await node()
          return async () => async () => {
            const dialled = await other.dial(target)
            return () => dialled.close()
          }
        },
        channel: async kind => channelOf(await open(kind)),
        requestOwn: body => requestOn(open, body),
        requester: async body => pipelined(channelOf(await open('echo')), body),
        close: () => client.stop(),
      }
    },
  }
}

const channelOf = stream => ({
  send: bytes => stream.send(bytes),
  drained: () => stream.onDrain(),
  onBytes(take) {
    if (this.take === undefined) stream.addEventListener('message', ({ data }) => this.take(data.byteLength))
    this.take = take
  },
})

/** A request as its protocols make them: a stream, a message, the answer; the end is not waited for. */
async function requestOn(open, body) {
  const stream = await open('echo')
  await new Promise((resolve, reject) => {
    let back = 0
    stream.addEventListener('message', ({ data }) => {
      back += data.byteLength
      if (back >= body.length) resolve()
    })
    stream.addEventListener('close', ({ error }) => reject(error ?? new Error('closed without an answer')))
    stream.send(body)
  })
  void stream.close().catch(() => {})
}

export const libp2pTcp = libp2pOver('tcp')
export const libp2pWs = libp2pOver('ws')
