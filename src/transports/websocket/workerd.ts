import type { Carrier, DialOptions, Transport, TransportFactory, TransportPorts } from '../../ports/transport.js'
import { attempt, type Attempt } from '../attempt.js'
import { dialFailure, unsupported } from '../failures.js'
import type { TransportOptions } from '../options.js'
import { readWebSocketAddress, refuseTlsOptions, WEBSOCKET_SCHEMES, webSocketInfo, webSocketUrl } from './client.js'
import { carrierOnStandard, closeQuietly, type StandardWebSocket } from './standard.js'

/** A WebSocket of workerd: one end of a `WebSocketPair`, or that of an upgraded response. */
export interface WorkerdWebSocket extends StandardWebSocket {
  /** Begins the delivery of messages to this worker. */
  accept(): void
}

/**
 * WebSocket for workerd (Cloudflare Workers): dials by `fetch` with an upgrade. Workers have no listeners: hand the
 * server end of a `WebSocketPair` to {@link acceptWebSocket}.
 *
 * @example
 * ```ts
 * const node = await createNode({ transports: [websocket()], bootstrap: ['wss://mesh.example'] })
 * ```
 */
export function websocket(options: TransportOptions = {}): TransportFactory {
  return ports => new WorkerdWebSocketTransport(options, ports)
}

/**
 * Makes a carrier of an inbound connection. Accepts the socket; call it before the response is returned.
 *
 * @param socket server end of a `WebSocketPair`; not accepted yet
 * @param ports clock and defer of the node that gets the carrier
 * @param host address of the client for limits per address, as in the header `CF-Connecting-IP`; empty when unknown
 * @example
 * ```ts
 * const { 0: client, 1: server } = new WebSocketPair()
 * const carrier = acceptWebSocket(server, ports, request.headers.get('CF-Connecting-IP') ?? '')
 * return new Response(null, { status: 101, webSocket: client })
 * ```
 */
export function acceptWebSocket(socket: WorkerdWebSocket, ports: TransportPorts, host = ''): Carrier {
  const remote = host.includes(':') ? `ws://[${host}]:0` : `ws://${host}:0`
  return carrierOnAccepted(socket, remote, host, 'inbound', ports)
}

class WorkerdWebSocketTransport implements Transport {
  readonly name = 'ws'
  readonly schemes = WEBSOCKET_SCHEMES
  readonly capabilities = { dial: true, listen: false, delivery: 'ordered', verifiesAddress: true } as const
  readonly #options: TransportOptions
  readonly #ports: TransportPorts

  constructor(options: TransportOptions, ports: TransportPorts) {
    this.#options = options
    this.#ports = ports
  }

  async dial(text: string, options: DialOptions): Promise<Carrier> {
    const address = readWebSocketAddress(text)
    refuseTlsOptions(address, this.#options)
    const url = webSocketUrl(address)
    const { clock } = this.#ports
    return attempt<Carrier>(url, clock, this.#options.connectionTimeoutMs, options, tried => {
      const controller = new AbortController()
      this.#upgrade(url, address.host, controller.signal, tried).catch((cause: unknown) =>
        tried.fail(dialFailure(url, cause)),
      )
      return () => controller.abort()
    })
  }

  async #upgrade(url: string, host: string, signal: AbortSignal, tried: Attempt<Carrier>): Promise<void> {
    // workerd upgrades requests to http and https only.
    const response = await fetch(url.replace(/^ws/, 'http'), { headers: { upgrade: 'websocket' }, signal })
    const { webSocket } = response as Response & { webSocket?: WorkerdWebSocket | null }
    if (!webSocket)
      return tried.fail(dialFailure(url, new Error(`HTTP status ${response.status} instead of an upgrade`)))
    const carrier = carrierOnAccepted(webSocket, url, host, 'outbound', this.#ports)
    if (!tried.succeed(carrier)) carrier.close(true)
  }

  async listen(): Promise<never> {
    throw unsupported(
      'a worker cannot listen',
      'take the upgrade request in your fetch handler and give the server end of a WebSocketPair to acceptWebSocket()',
    )
  }
}

function carrierOnAccepted(
  socket: WorkerdWebSocket,
  remote: string,
  host: string,
  direction: 'inbound' | 'outbound',
  ports: TransportPorts,
): Carrier {
  // Before accept: newer compatibility dates deliver Blobs otherwise, which can only be read asynchronously.
  socket.binaryType = 'arraybuffer'
  const carrier = carrierOnStandard(socket, webSocketInfo(remote, host, direction), ports)
  // Before the compatibility date of automatic replies a worker answers the peer's close itself, or counts as hung.
  socket.addEventListener('close', () => closeQuietly(socket))
  socket.accept()
  return carrier
}
