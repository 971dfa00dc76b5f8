import { HyphaeError, parseAddress } from 'hyphae'
import { acceptWebSocket, websocket } from 'hyphae/transports/websocket'

/**
 * The worker as a gateway: it dials by the transport of the package, and listens by taking in the upgrade requests that reach
 * it. Places to listen at are paths, since a worker has no ports.
 */
export class Gateway {
  #places = new Map()
  #next = 0

  /** The transport of this gateway for a node, or for the contract of transports. */
  factory() {
    return ports => {
      const inner = websocket()(ports)
      return {
        name: inner.name,
        schemes: inner.schemes,
        capabilities: { ...inner.capabilities, listen: true },
        dial: (address, options) => inner.dial(address, options),
        listen: async (address, onCarrier) => this.#listen(address, ports, onCarrier),
      }
    }
  }

  /** The answer to an upgrade request: 101 where somebody listens, 404 elsewhere. */
  answer(request) {
    const take = this.#places.get(new URL(request.url).pathname)
    if (!take) return new Response(null, { status: 404 })
    const { 0: client, 1: server } = new WebSocketPair()
    take(server, request.headers.get('CF-Connecting-IP') ?? '127.0.0.1')
    return new Response(null, { status: 101, webSocket: client })
  }

  #listen(text, ports, onCarrier) {
    const { host, port, path, scheme } = parseAddress(text)
    if (scheme !== 'ws') throw new HyphaeError('INVALID_ARGUMENT', `${text} is no address of a gateway`)
    if (this.#places.has(path)) throw new HyphaeError('INVALID_ARGUMENT', `${text} is taken`)
    const place = `${path}/${this.#next++}`
    this.#places.set(place, (socket, from) => onCarrier(acceptWebSocket(socket, ports, from)))
    return { address: `ws://${host}:${port}${place}`, close: async () => void this.#places.delete(place) }
  }
}
