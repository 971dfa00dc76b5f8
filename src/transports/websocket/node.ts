import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws'
import { type HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type {
  Carrier,
  DialOptions,
  Listener,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../../ports/transport.js'
import type { Address } from '../../wire/address.js'
import { attempt, type Attempt } from '../attempt.js'
import { dialFailure } from '../failures.js'
import type { TransportOptions } from '../options.js'
import { bindServer, remoteOf, Vestibule } from '../socket/accept/node.js'
import { openSocket } from '../socket/dial/node.js'
import { askForNetwork } from '../socket/permission.js'
import { certificateMissing, checkTlsOptions, judgePeer, tlsServerOptions } from '../tls/node.js'
import { carrierOnWs } from './carrier/node.js'
import { readWebSocketAddress, WEBSOCKET_SCHEMES, webSocketInfo, webSocketUrl } from './client.js'

/** Options of {@link websocket}. */
export interface WebSocketOptions extends TransportOptions {
  /**
   * Decides by the `Origin` header whether a web page may connect; programs send none and are not asked about. Default:
   * every page may, since a connection alone gives no rights: the session inside authenticates.
   */
  readonly allowOrigin?: (origin: string) => boolean
  /**
   * Masks what a dialling node sends with zeros, which costs nothing, instead of with random bytes (RFC 6455 §5.3), which
   * takes five times as long for bulk data. Masking keeps a web page from writing bytes of its choice past a proxy that
   * reads them as HTTP; what a node sends is encrypted before, so nobody chooses its bytes. Every known server takes it,
   * but the standard demands random masks. Default false.
   */
  readonly zeroMask?: boolean
}

/**
 * WebSocket for Node, and for Deno through its `node:` modules, whose global `WebSocket` and `Deno.serve` can neither stop
 * reading nor pin a key nor refuse TLS 1.2: dials and listens at `ws://host:port/path` and, with TLS 1.3, at `wss://`. In Deno a
 * `wss://` carrier has no backpressure of its own: its `node:tls` holds whatever is written and reads while paused.
 *
 * @throws HyphaeError INVALID_ARGUMENT for TLS options that can never work
 * @example
 * ```ts
 * const node = await createNode({ transports: [websocket({ tls: { cert, key } })], listen: ['wss://0.0.0.0:443'] })
 * ```
 */
export function websocket(options: WebSocketOptions = {}): TransportFactory {
  if (options.tls) checkTlsOptions(options.tls)
  return ports => new NodeWebSocketTransport(options, ports)
}

/**
 * The same on both sides: no compression (attacker data beside secrets), messages bounded in bytes and pieces, no check
 * of text we refuse anyway, pongs by `carrierOnWs`, which does not pile them up.
 */
const SHARED = {
  perMessageDeflate: false,
  maxPayload: LIMITS.maxWebSocketMessageBytes,
  maxFragments: LIMITS.maxWebSocketFragments,
  maxBufferedChunks: LIMITS.maxWebSocketChunks,
  autoPong: false,
  skipUTF8Validation: true,
  closeTimeout: LIMITS.carrierLingerMs,
} satisfies ServerOptions & Record<'closeTimeout' | 'maxFragments' | 'maxBufferedChunks', number>

class NodeWebSocketTransport implements Transport {
  readonly name = 'ws'
  readonly schemes = WEBSOCKET_SCHEMES
  readonly capabilities = { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true } as const
  readonly #options: WebSocketOptions
  readonly #ports: TransportPorts

  constructor(options: WebSocketOptions, ports: TransportPorts) {
    this.#options = options
    this.#ports = ports
  }

  async dial(text: string, options: DialOptions): Promise<Carrier> {
    const address = readWebSocketAddress(text)
    askForNetwork('dial', address)
    const { clock } = this.#ports
    return attempt<Carrier>(webSocketUrl(address), clock, this.#options.connectionTimeoutMs, options, tried => {
      let undo = (): void => undefined
      // One place opens sockets and judges certificates, for this transport and for TCP: `ws` gets a finished one.
      const undoSocket = openSocket(address, webSocketUrl(address), this.#tlsOf(address), clock, {
        open: socket => (undo = this.#upgrade(address, socket, tried)),
        failed: error => tried.fail(error),
      })
      return () => {
        undo()
        undoSocket()
      }
    })
  }

  #tlsOf(address: Address) {
    return address.scheme === 'wss' ? (this.#options.tls ?? {}) : undefined
  }

  #upgrade(address: Address, socket: Socket, tried: Attempt<Carrier>): () => void {
    const url = webSocketUrl(address)
    const masking = this.#options.zeroMask ? { generateMask: zeroMask } : {}
    const ws = new WebSocket(url, { ...SHARED, ...masking, createConnection: () => socket })
    let failure: Error | undefined
    ws.on('error', error => (failure ??= error))
    ws.once('close', () => tried.fail(dialFailure(url, failure ?? { code: 'ECONNRESET' })))
    ws.once('open', () => {
      const carrier = carrierOnWs(ws, socket, webSocketInfo(url, address.host, 'outbound'), this.#ports)
      if (!tried.succeed(carrier)) ws.terminate()
    })
    return () => ws.terminate()
  }

  async listen(text: string, onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const address = readWebSocketAddress(text)
    askForNetwork('listen', address)
    const vestibule = new Vestibule(this.#ports.clock)
    const server = this.#server(address.scheme)
    server.on('connection', (socket: Socket) => vestibule.enter(socket))
    const upgrader = new WebSocketServer({ ...SHARED, noServer: true, clientTracking: false })
    server.on('request', (_request, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
    })
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      // An HTTP server of node:http and node:https upgrades nothing but sockets.
      const socket = stream as Socket
      const refusal = this.#refuse(request, socket, address)
      if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\n\r\n`)
      upgrader.handleUpgrade(request, socket, head, ws => {
        if (!vestibule.leave(socket)) return ws.terminate()
        const { remote, host } = remoteOf(address.scheme, socket)
        onCarrier(carrierOnWs(ws, socket, webSocketInfo(remote, host, 'inbound'), this.#ports))
      })
    })
    const bound = await bindServer(server, address, this.#options.maxConnections)
    return {
      address: bound,
      close: async () => {
        if (server.listening) server.close()
        vestibule.empty()
      },
    }
  }

  #server(scheme: string): Server {
    const options = {
      maxHeaderSize: LIMITS.maxUpgradeHeaderBytes,
      noDelay: true,
      keepAlive: true,
      highWaterMark: 64 * 1024,
    }
    const tls = this.#options.tls
    if (scheme === 'ws') return createServer(options)
    if (tls?.cert === undefined) throw certificateMissing('wss')
    return createTlsServer({ ...options, ...tlsServerOptions(tls) })
  }

  /** The HTTP status for an upgrade that is refused, or undefined. */
  #refuse(request: IncomingMessage, socket: Socket, address: Address): string | undefined {
    if (request.url !== address.path) return '404 Not Found'
    const { origin } = request.headers
    if (origin !== undefined && this.#options.allowOrigin?.(origin) === false) return '403 Forbidden'
    const tls = this.#options.tls
    if (address.scheme !== 'wss' || !tls?.requireClientCertificate) return undefined
    const { remote } = remoteOf(address.scheme, socket)
    const refusal: HyphaeError | undefined = judgePeer(socket as TLSSocket, tls, remote, this.#ports.clock.now().wallMs)
    return refusal && '403 Forbidden'
  }
}

function zeroMask(mask: Buffer): void {
  mask.fill(0)
}
