import type {
  Carrier,
  CarrierInfo,
  DialOptions,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../../ports/transport.js'
import { formatAddress, parseAddress, type Address } from '../../wire/address.js'
import { attempt, type Attempt } from '../attempt.js'
import { dialFailure, unsupported, wrongScheme } from '../failures.js'
import type { TransportOptions } from '../options.js'
import { CLOSE_CODES } from './carrier.js'
import { carrierOnStandard, errorOf, type StandardWebSocket } from './standard.js'

/** A constructor of standard WebSockets. */
export type StandardWebSocketConstructor = new (url: string) => StandardWebSocket

/** Options of {@link websocket}. */
export interface WebSocketClientOptions extends TransportOptions {
  /** The class to dial with. Default: the runtime's global `WebSocket`, looked up at each dial. */
  readonly WebSocket?: StandardWebSocketConstructor
}

/** Schemes of WebSocket transports. */
export const WEBSOCKET_SCHEMES: readonly string[] = ['ws', 'wss']

/**
 * WebSocket for runtimes with a global `WebSocket`: browsers, Bun, edge workers. It dials; it cannot listen.
 * TLS of `wss://` is the runtime's: pins, own certificates and authorities answer UNSUPPORTED_RUNTIME when dialling.
 *
 * @example
 * ```ts
 * const node = await createNode({ transports: [websocket()], bootstrap: ['wss://mesh.example'] })
 * ```
 */
export function websocket(options: WebSocketClientOptions = {}): TransportFactory {
  return ports => new WebSocketClient(options, ports)
}

class WebSocketClient implements Transport {
  readonly name = 'ws'
  readonly schemes = WEBSOCKET_SCHEMES
  readonly capabilities = { dial: true, listen: false, delivery: 'ordered', verifiesAddress: true } as const
  readonly #options: WebSocketClientOptions
  readonly #ports: TransportPorts

  constructor(options: WebSocketClientOptions, ports: TransportPorts) {
    this.#options = options
    this.#ports = ports
  }

  async dial(text: string, options: DialOptions): Promise<Carrier> {
    return dialStandard(text, this.#options, options, this.#ports)
  }

  async listen(): Promise<never> {
    throw unsupported(
      'this runtime cannot listen for WebSockets',
      'dial a peer that listens; nodes on Node, Deno and Bun listen at ws:// and wss://',
    )
  }
}

/** Dials by a standard WebSocket; shared by the adapters of all runtimes that have one. */
export async function dialStandard(
  text: string,
  options: WebSocketClientOptions,
  dial: DialOptions,
  ports: TransportPorts,
): Promise<Carrier> {
  const address = readWebSocketAddress(text)
  refuseTlsOptions(address, options)
  const WebSocket = options.WebSocket ?? globalWebSocket()
  const remote = webSocketUrl(address)
  const info = webSocketInfo(remote, address.host, 'outbound')
  return attempt<Carrier>(remote, ports.clock, options.connectionTimeoutMs, dial, tried =>
    open(WebSocket, info, ports, tried),
  )
}

/** Reads an address and refuses other schemes. */
export function readWebSocketAddress(text: string): Address {
  const address = parseAddress(text)
  if (!WEBSOCKET_SCHEMES.includes(address.scheme)) throw wrongScheme(text, WEBSOCKET_SCHEMES)
  return address
}

/** The URL of an address: without the peer id, since a WebSocket URL has no fragment. */
export function webSocketUrl({ scheme, host, port, path }: Address): string {
  return formatAddress({ scheme, host, port, path })
}

/** Description of a carrier over WebSocket. */
export function webSocketInfo(remote: string, host: string, direction: 'inbound' | 'outbound'): CarrierInfo {
  return { remote, host, direction, transport: 'ws', delivery: 'ordered', verifiesAddress: true }
}

/** Fails closed where the runtime's own TLS could not honour an option. */
export function refuseTlsOptions(address: Address, options: TransportOptions): void {
  if (address.scheme !== 'wss' || !options.tls) return
  throw unsupported(
    'the WebSocket of this runtime takes no TLS options: no pins, certificates or authorities of your own',
    'leave out tls, or dial from Node, whose WebSocket transport honours all of them; the session inside is authenticated either way',
  )
}

function open(
  WebSocket: StandardWebSocketConstructor,
  info: CarrierInfo,
  ports: TransportPorts,
  tried: Attempt<Carrier>,
): () => void {
  let socket: StandardWebSocket
  try {
    socket = new WebSocket(info.remote)
  } catch (cause) {
    // A page loaded by https may not dial ws://, and a Content-Security-Policy may forbid the host.
    tried.fail(dialFailure(info.remote, cause))
    return () => undefined
  }
  socket.binaryType = 'arraybuffer'
  let failure: Error | undefined
  socket.addEventListener('open', () => tried.succeed(carrierOnStandard(socket, info, ports)))
  socket.addEventListener('error', event => (failure ??= errorOf(event)))
  socket.addEventListener('close', ({ code }) =>
    tried.fail(dialFailure(info.remote, failure ?? new Error(`close code ${code}`))),
  )
  return () => socket.close(CLOSE_CODES.normal)
}

function globalWebSocket(): StandardWebSocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: StandardWebSocketConstructor }
  if (WebSocket) return WebSocket
  throw unsupported(
    'this runtime has no global WebSocket',
    'on Node use websocket() of hyphae/transports/websocket, or pass a WebSocket class',
  )
}
