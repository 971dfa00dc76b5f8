import type { Server, Socket } from 'node:net'
import { LIMITS } from '../../../core/limits.js'
import type { Clock } from '../../../ports/clock.js'
import { formatAddress, type Address } from '../../../wire/address.js'
import { listenFailure } from '../../failures.js'

/** The text address and host of the other end. IPv4 that arrives through an IPv6 socket is shown as IPv4. */
export function remoteOf(scheme: string, socket: Socket): { remote: string; host: string } {
  const raw = socket.remoteAddress ?? ''
  const host = raw.startsWith('::ffff:') && raw.includes('.') ? raw.slice(7) : raw
  return { remote: formatAddress({ scheme, host, port: socket.remotePort ?? 0, path: '' }), host }
}

/**
 * Binds a server.
 * @returns the address with the port that was bound
 * @throws HyphaeError PERMISSION, INVALID_ARGUMENT
 */
export function bindServer(server: Server, address: Address, maxConnections: number | undefined): Promise<string> {
  server.maxConnections = maxConnections ?? LIMITS.maxConnections
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenFailure(formatAddress(address), error))
    server.once('error', onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', onError)
      // Running out of descriptors while accepting concerns one connection, not the process.
      server.on('error', () => undefined)
      const bound = server.address()
      const port = typeof bound === 'object' && bound ? bound.port : address.port
      resolve(formatAddress({ scheme: address.scheme, host: address.host, port, path: address.path }))
    })
  })
}

interface Waiting {
  readonly socket: Socket
  readonly cancel: () => void
}

/**
 * Connections that were accepted but have not finished TLS and the WebSocket upgrade: bounded in number and time, and
 * ended with the listener.
 */
export class Vestibule {
  readonly #clock: Clock
  readonly #maxPending: number
  readonly #waiting = new Map<string, Waiting>()

  constructor(clock: Clock, maxPending: number = LIMITS.maxPendingAccepts) {
    this.#clock = clock
    this.#maxPending = maxPending
  }

  /** Connections inside. */
  get size(): number {
    return this.#waiting.size
  }

  /** Takes a raw connection in; when too many wait, the oldest of the host with most of them makes room. */
  enter(socket: Socket): void {
    socket.on('error', () => undefined)
    if (this.#waiting.size >= this.#maxPending) this.#makeRoom()
    const key = keyOf(socket)
    const cancel = this.#clock.wakeAt(this.#clock.now().monoMs + LIMITS.acceptMs, () => socket.destroy())
    this.#waiting.set(key, { socket, cancel })
    socket.once('close', () => this.#forget(key, socket))
  }

  /**
   * A connection is ready to be handed over, as itself or wrapped in TLS.
   * @returns false when it is not one of those inside: the listener was closed meanwhile
   */
  leave(socket: Socket): boolean {
    const key = keyOf(socket)
    const waiting = this.#waiting.get(key)
    if (!waiting) return false
    this.#waiting.delete(key)
    waiting.cancel()
    return true
  }

  /** Ends all that are inside. */
  empty(): void {
    for (const { socket, cancel } of this.#waiting.values()) {
      cancel()
      socket.destroy()
    }
    this.#waiting.clear()
  }

  /** So a host that opens connections and says nothing ends its own and shuts nobody else out. */
  #makeRoom(): void {
    const oldest = new Map<string, { key: string; count: number }>()
    let most = { key: '', count: 0 }
    for (const [key, { socket }] of this.#waiting) {
      const host = socket.remoteAddress ?? ''
      const entry = oldest.get(host) ?? { key, count: 0 }
      oldest.set(host, entry)
      if (++entry.count > most.count) most = entry
    }
    const ended = this.#waiting.get(most.key)
    this.#waiting.delete(most.key)
    ended?.cancel()
    ended?.socket.destroy()
  }

  #forget(key: string, socket: Socket): void {
    const waiting = this.#waiting.get(key)
    if (waiting?.socket !== socket) return
    waiting.cancel()
    this.#waiting.delete(key)
  }
}

/** A TLS socket and the raw one beneath it have the same remote end; that is how one is found from the other. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
