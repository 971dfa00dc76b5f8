import type {
  Carrier,
  DialOptions,
  Listener,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../../ports/transport.js'
import { LIMITS } from '../../core/limits.js'
import { formatAddress, type Address } from '../../wire/address.js'
import { listenFailure, unsupported } from '../failures.js'
import type { TransportOptions } from '../options.js'
import { dialStandard, readWebSocketAddress, WEBSOCKET_SCHEMES, webSocketInfo } from './client.js'
import { carrierOnStandard, type StandardWebSocket } from './standard.js'

/** What hyphae uses of Deno, as its documentation describes it. */
interface DenoServer {
  readonly addr: { readonly hostname: string; readonly port: number }
  shutdown(): Promise<void>
}

declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: () => void },
    handler: (request: Request, info: { remoteAddr: { hostname: string; port: number } }) => Response,
  ): DenoServer
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: StandardWebSocket; response: Response }
}

/**
 * WebSocket for Deno: dials by the global `WebSocket`, listens at `ws://` by `Deno.serve`. Listening at `wss://` answers
 * UNSUPPORTED_RUNTIME, because Deno cannot be told to refuse TLS 1.2.
 *
 * @example
 * ```ts
 * const node = await createNode({ transports: [websocket()], listen: ['ws://0.0.0.0:8000'] })
 * ```
 */
export function websocket(options: TransportOptions = {}): TransportFactory {
  return ports => new DenoWebSocketTransport(options, ports)
}

class DenoWebSocketTransport implements Transport {
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
    if (address.scheme === 'wss') {
      throw unsupported(
        'Deno cannot refuse TLS 1.2, so hyphae does not listen at wss:// there',
        'listen at ws:// behind a proxy that ends TLS 1.3, or run this node on Node or Bun',
      )
    }
    let accepting = true
    let open = 0
    const accept = (request: Request, remote: { hostname: string; port: number }): Response => {
      const refusal = !accepting ? 503 : refuse(request, address, open, this.#options.maxConnections)
      if (refusal) return new Response(null, { status: refusal })
      open += 1
      return this.#upgrade(request, remote, onCarrier, () => {
        open -= 1
        endWhenIdle()
      })
    }
    const server = serve(address, accept)
    // Ending the server would end its carriers too, which live on: the last one to go turns out the light. Until then
    // requests are answered with 503.
    const endWhenIdle = (): void => {
      if (!accepting && open === 0) server.shutdown().catch(() => undefined)
    }
    return {
      address: formatAddress({ ...address, port: server.addr.port }),
      close: async () => {
        if (!accepting) return
        accepting = false
        endWhenIdle()
      },
    }
  }

  #upgrade(
    request: Request,
    from: { hostname: string; port: number },
    onCarrier: (carrier: Carrier) => void,
    onGone: () => void,
  ): Response {
    // The session inside has pings of its own.
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 })
    socket.binaryType = 'arraybuffer'
    const remote = formatAddress({ scheme: 'ws', host: from.hostname, port: from.port, path: '' })
    socket.addEventListener('close', onGone)
    socket.addEventListener('open', () =>
      onCarrier(carrierOnStandard(socket, webSocketInfo(remote, from.hostname, 'inbound'), this.#ports)),
    )
    return response
  }
}

function serve(
  address: Address,
  accept: (request: Request, remote: { hostname: string; port: number }) => Response,
): DenoServer {
  try {
    const { host: hostname, port } = address
    // onListen replaces the line that Deno prints.
    return Deno.serve({ hostname, port, onListen: () => undefined }, (request, info) =>
      accept(request, info.remoteAddr),
    )
  } catch (cause) {
    throw listenFailure(formatAddress(address), cause)
  }
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
