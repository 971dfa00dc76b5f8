import { LIMITS } from '../../core/limits.js'
import type {
  Carrier,
  DialOptions,
  Listener,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../../ports/transport.js'
import { formatAddress, type Address } from '../../wire/address.js'
import { listenFailure, unsupported } from '../failures.js'
import type { TlsOptions, TransportOptions } from '../options.js'
import { HyphaeError } from '../../core/errors.js'
import { WebSocketCarrier } from './carrier.js'
import { dialStandard, readWebSocketAddress, WEBSOCKET_SCHEMES, webSocketInfo } from './client.js'

/** What hyphae uses of Bun, as its documentation describes it. */
interface BunSocket {
  readonly data: Attached
  binaryType: string
  send(data: Uint8Array): number
  getBufferedAmount(): number
  close(code: number, reason: string): void
  terminate(): void
}

interface Attached {
  readonly remote: string
  readonly host: string
  carrier?: WebSocketCarrier
}

interface BunServer {
  readonly port: number
  upgrade(request: Request, options: { data: Attached }): boolean
  requestIP(request: Request): { address: string; port: number } | null
  stop(closeActiveConnections: boolean): unknown
}

interface BunTls {
  cert: string
  key: string
  ca?: string | string[]
  requestCert: boolean
  rejectUnauthorized: boolean
  secureOptions: number
}

declare const Bun: {
  serve(options: {
    hostname: string
    port: number
    tls?: BunTls
    fetch(request: Request, server: BunServer): Response | undefined
    websocket: {
      perMessageDeflate: boolean
      maxPayloadLength: number
      idleTimeout: number
      open(socket: BunSocket): void
      message(socket: BunSocket, message: string | Uint8Array): void
      drain(socket: BunSocket): void
      close(socket: BunSocket, code: number): void
    }
  }): BunServer
}

/** SSL_OP_NO_SSLv3, NO_TLSv1, NO_TLSv1_1 and NO_TLSv1_2: what is left is TLS 1.3. */
const ONLY_TLS_13 = 0x0200_0000 | 0x0400_0000 | 0x1000_0000 | 0x0800_0000

/** The longest idle time Bun knows, s; it sends pings, and the session inside has its own. */
const IDLE_SECONDS = 960

/**
 * WebSocket for Bun: dials by the global `WebSocket`, listens at `ws://` and, with TLS 1.3, at `wss://` by `Bun.serve`.
 *
 * @example
 * ```ts
 * const node = await createNode({ transports: [websocket({ tls: { cert, key } })], listen: ['wss://0.0.0.0:443'] })
 * ```
 */
export function websocket(options: TransportOptions = {}): TransportFactory {
  return ports => new BunWebSocketTransport(options, ports)
}

class BunWebSocketTransport implements Transport {
  readonly name = 'ws'
  readonly schemes = WEBSOCKET_SCHEMES
  readonly capabilities = { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true } as const
  readonly #options: TransportOptions
  readonly #ports: TransportPorts

  constructor(options: TransportOptions, ports: TransportPorts) {
    this.#options = options
    this.#ports = ports
  }

  async dial(text: string, options: DialOptions): Promise<Carrier> {
    return dialStandard(text, this.#options, options, this.#ports)
  }

  async listen(text: string, onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const address = readWebSocketAddress(text)
    let accepting = true
    let open = 0
    const server = this.#serve(address, {
      refuse: request => (accepting ? refuse(request, address, open, this.#options.maxConnections) : 503),
      opened: socket => {
        open += 1
        onCarrier(this.#carrier(socket))
      },
      closed: () => (open -= 1),
    })
    return {
      address: formatAddress({ ...address, port: server.port }),
      close: async () => {
        if (!accepting) return
        accepting = false
        // It may answer a promise that waits for the carriers, which live on.
        void server.stop(false)
      },
    }
  }

  #serve(address: Address, hooks: Hooks): BunServer {
    const tls = address.scheme === 'wss' ? bunTls(this.#options.tls) : undefined
    try {
      return Bun.serve({
        hostname: address.host,
        port: address.port,
        ...(tls ? { tls } : {}),
        fetch: (request, server) => {
          const status = hooks.refuse(request)
          if (status !== undefined) return new Response(null, { status })
          const data = attached(address.scheme, server.requestIP(request))
          return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 })
        },
        websocket: {
          perMessageDeflate: false,
          maxPayloadLength: LIMITS.maxWebSocketMessageBytes,
          idleTimeout: IDLE_SECONDS,
          open: hooks.opened,
          message: ({ data }, message) => {
            if (typeof message === 'string') data.carrier?.receivedText()
            else data.carrier?.received(message)
          },
          drain: ({ data }) => data.carrier?.drained(),
          close: ({ data }, code) => {
            hooks.closed()
            data.carrier?.ended(code)
          },
        },
      })
    } catch (cause) {
      throw listenFailure(formatAddress(address), cause)
    }
  }

  #carrier(socket: BunSocket): WebSocketCarrier {
    const { data } = socket
    socket.binaryType = 'uint8array'
    const port = {
      tellsDrain: true,
      send: (chunk: Uint8Array): void => {
        // 0 says that the message was dropped: the stream has a hole and must end.
        if (socket.send(chunk) === 0) socket.terminate()
      },
      bufferedBytes: () => socket.getBufferedAmount(),
      close: (code: number, reason: string) => socket.close(code, reason),
      cut: () => socket.terminate(),
    }
    data.carrier = new WebSocketCarrier(port, webSocketInfo(data.remote, data.host, 'inbound'), this.#ports)
    return data.carrier
  }
}

interface Hooks {
  refuse(request: Request): number | undefined
  opened(socket: BunSocket): void
  closed(): void
}

function attached(scheme: string, from: { address: string; port: number } | null): Attached {
  const host = (from?.address ?? '').replace(/^::ffff:(?=.*\.)/, '')
  return { host, remote: formatAddress({ scheme, host, port: from?.port ?? 0, path: '' }) }
}

function bunTls(tls: TlsOptions | undefined): BunTls {
  if (tls?.cert === undefined || tls.key === undefined) {
    throw new HyphaeError('INVALID_ARGUMENT', 'listening at wss:// needs a certificate', {
      remedy: 'give the transport tls.cert and tls.key as PEM',
      details: { key: 'tls.cert' },
    })
  }
  if (tls.pins || tls.crl || tls.groups !== undefined) {
    throw unsupported(
      'Bun.serve takes no pins, revocation lists or groups',
      'use tcp() at tls://, or run this node on Node',
    )
  }
  const required = tls.requireClientCertificate ?? false
  const options: BunTls = {
    cert: tls.cert,
    key: tls.key,
    requestCert: required,
    rejectUnauthorized: required,
    secureOptions: ONLY_TLS_13,
  }
  if (tls.ca !== undefined) options.ca = typeof tls.ca === 'string' ? tls.ca : [...tls.ca]
  return options
}

/** The HTTP status for a request that is not upgraded, or undefined. */
function refuse(
  request: Request,
  address: Address,
  open: number,
  maxConnections: number | undefined,
): number | undefined {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return 426
  const url = new URL(request.url)
  if (url.pathname + url.search !== address.path) return 404
  return open >= (maxConnections ?? LIMITS.maxConnections) ? 503 : undefined
}
