import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type {
  Carrier,
  CarrierInfo,
  DialOptions,
  Listener,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../../ports/transport.js'
import { formatAddress, parseAddress, type Address } from '../../wire/address.js'
import { attempt } from '../attempt.js'
import { wrongScheme } from '../failures.js'
import type { TransportOptions } from '../options.js'
import { bindServer, remoteOf, Vestibule } from '../socket/accept/node.js'
import { KEEP_ALIVE_MS, openSocket } from '../socket/dial/node.js'
import { askForNetwork } from '../socket/permission.js'
import { certificateMissing, checkTlsOptions, judgePeer, tlsServerOptions } from '../tls/node.js'
import { SocketCarrier } from './carrier/node.js'

/**
 * TCP (`tcp://host:port`) and TCP with TLS 1.3 (`tls://host:port`) for Node, and for Deno and Bun through their
 * `node:net` and `node:tls`. In Deno a `tls://` carrier has no backpressure of its own: its `node:tls` holds whatever is
 * written, so only the flow control of the session bounds it there.
 *
 * @throws HyphaeError INVALID_ARGUMENT for TLS options that can never work
 * @example
 * ```ts
 * const node = await createNode({ transports: [tcp({ tls: { cert, key } })], listen: ['tcp://0.0.0.0:4001', 'tls://0.0.0.0:4002'] })
 * ```
 */
export function tcp(options: TransportOptions = {}): TransportFactory {
  if (options.tls) checkTlsOptions(options.tls)
  return ports => new TcpTransport(options, ports)
}

const SCHEMES = ['tcp', 'tls']

class TcpTransport implements Transport {
  readonly name = 'tcp'
  readonly schemes = SCHEMES
  readonly capabilities = { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true } as const
  readonly #options: TransportOptions
  readonly #ports: TransportPorts

  constructor(options: TransportOptions, ports: TransportPorts) {
    this.#options = options
    this.#ports = ports
  }

  async dial(text: string, options: DialOptions): Promise<Carrier> {
    const address = readAddress(text)
    askForNetwork('dial', address)
    const tls = address.scheme === 'tls' ? (this.#options.tls ?? {}) : undefined
    const remote = formatAddress({ scheme: address.scheme, host: address.host, port: address.port, path: '' })
    const { clock } = this.#ports
    return attempt<Carrier>(remote, clock, this.#options.connectionTimeoutMs, options, tried =>
      openSocket(address, remote, tls, clock, {
        open: socket => {
          const info = carrierInfo(remote, address.host, 'outbound', address.scheme)
          tried.succeed(new SocketCarrier(socket, info, this.#ports))
        },
        failed: error => tried.fail(error),
      }),
    )
  }

  async listen(text: string, onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const address = readAddress(text)
    askForNetwork('listen', address)
    const vestibule = new Vestibule(this.#ports.clock)
    const accept = (socket: Socket): void => {
      if (!vestibule.leave(socket)) return void socket.destroy()
      const { remote, host } = remoteOf(address.scheme, socket)
      onCarrier(new SocketCarrier(socket, carrierInfo(remote, host, 'inbound', address.scheme), this.#ports))
    }
    const server = address.scheme === 'tls' ? this.#tlsServer(vestibule, accept) : tcpServer(vestibule, accept)
    const bound = await bindServer(server, address, this.#options.maxConnections)
    return {
      address: bound,
      close: async () => {
        if (server.listening) server.close()
        vestibule.empty()
      },
    }
  }

  #tlsServer(vestibule: Vestibule, accept: (socket: Socket) => void): Server {
    const tls = this.#options.tls
    if (tls?.cert === undefined) throw certificateMissing('tls')
    const { clock } = this.#ports
    const server = createTlsServer(tlsServerOptions(tls))
    server.on('connection', (socket: Socket) => vestibule.enter(socket))
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => undefined)
      const { remote } = remoteOf('tls', socket)
      if (tls.requireClientCertificate && judgePeer(socket, tls, remote, clock.now().wallMs))
        return void socket.destroy()
      socket.setNoDelay(true)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      accept(socket)
    })
    return server
  }
}

function tcpServer(vestibule: Vestibule, accept: (socket: Socket) => void): Server {
  return createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, socket => {
    vestibule.enter(socket)
    accept(socket)
  })
}

function readAddress(text: string): Address {
  const address = parseAddress(text)
  if (!SCHEMES.includes(address.scheme)) throw wrongScheme(text, SCHEMES)
  return address
}

function carrierInfo(remote: string, host: string, direction: 'inbound' | 'outbound', transport: string): CarrierInfo {
  return { remote, host, direction, transport, delivery: 'ordered', verifiesAddress: true }
}
