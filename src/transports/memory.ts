import { HyphaeError } from '../core/errors.js'
import { LIMITS } from '../core/limits.js'
import type {
  Carrier,
  CarrierEvents,
  CarrierInfo,
  DialOptions,
  Listener,
  Transport,
  TransportFactory,
  TransportPorts,
} from '../ports/transport.js'
import { formatAddress, parseAddress } from '../wire/address.js'
import { attempt } from './attempt.js'
import { cutCarrier, dialFailure, lostCarrier, wrongScheme } from './failures.js'
import { Inbox } from './inbox.js'

/** A place in memory where transports meet. Two nodes of one process meet only when both were given the same network. */
export interface MemoryNetwork {
  /**
   * The transport of one node on this network, for `memory://name` addresses. Listening at `memory://` takes a free name.
   */
  readonly transport: TransportFactory
}

interface Door {
  readonly ports: TransportPorts
  accept(carrier: Carrier): void
}

type Doors = Map<string, Door>

/**
 * Makes a network inside the process, without sockets: for tests, and for nodes that share a process on purpose.
 *
 * @example
 * ```ts
 * const network = createMemoryNetwork()
 * const a = await createNode({ transports: [network.transport], listen: ['memory://a'] })
 * const b = await createNode({ transports: [network.transport], bootstrap: ['memory://a'] })
 * ```
 */
export function createMemoryNetwork(): MemoryNetwork {
  const doors: Doors = new Map()
  let names = 0
  const freeName = (): string => {
    do names += 1
    while (doors.has(`node-${names}`))
    return `node-${names}`
  }
  return { transport: ports => new MemoryTransport(ports, doors, freeName) }
}

class MemoryTransport implements Transport {
  readonly name = 'memory'
  readonly schemes = ['memory']
  readonly capabilities = { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true } as const
  readonly #ports: TransportPorts
  readonly #doors: Doors
  readonly #freeName: () => string

  constructor(ports: TransportPorts, doors: Doors, freeName: () => string) {
    this.#ports = ports
    this.#doors = doors
    this.#freeName = freeName
  }

  async dial(address: string, options: DialOptions): Promise<Carrier> {
    const name = readName(address)
    return attempt<Carrier>(address, this.#ports.clock, undefined, options, tried => {
      this.#ports.defer(() => {
        const door = this.#doors.get(name)
        if (!door) return tried.fail(dialFailure(address, { code: 'ECONNREFUSED' }))
        const own = new MemoryCarrier(info(address, 'outbound'), this.#ports)
        const other = new MemoryCarrier(info('memory://', 'inbound'), door.ports)
        own.join(other)
        other.join(own)
        if (!tried.succeed(own)) return
        door.ports.defer(() => {
          if (this.#doors.get(name) === door) door.accept(other)
          else own.close(true)
        })
      })
      return () => undefined
    })
  }

  async listen(address: string, onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const name = readName(address) || this.#freeName()
    if (this.#doors.has(name)) {
      throw new HyphaeError('INVALID_ARGUMENT', `memory://${name} is taken on this network`, {
        remedy: 'listen under another name, or at memory:// for a free one',
      })
    }
    const door: Door = { ports: this.#ports, accept: onCarrier }
    this.#doors.set(name, door)
    return {
      address: formatAddress({ scheme: 'memory', host: name, port: 0, path: '' }),
      close: async () => {
        if (this.#doors.get(name) === door) this.#doors.delete(name)
      },
    }
  }
}

/** One end of a pair. Bytes are copied at the border, because the sender keeps its buffer and the receiver writes into its own. */
class MemoryCarrier implements Carrier {
  readonly info: CarrierInfo
  readonly #ports: TransportPorts
  readonly #inbox: Inbox
  #other: MemoryCarrier | undefined
  #events: CarrierEvents | undefined
  #full = false
  #closing = false
  #gone = false
  #cancelLinger: (() => void) | undefined

  constructor(carrierInfo: CarrierInfo, ports: TransportPorts) {
    this.info = carrierInfo
    this.#ports = ports
    this.#inbox = new Inbox(ports.defer, Number.MAX_SAFE_INTEGER, () => this.#other?.drained())
  }

  join(other: MemoryCarrier): void {
    this.#other = other
  }

  bind(events: CarrierEvents): void {
    this.#events = events
    this.#inbox.bind({
      onData: (buffer, from, to) => events.onData(buffer, from, to),
      onDrain: () => events.onDrain(),
      onClose: reason => {
        this.#leave()
        events.onClose(reason)
      },
    })
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    const other = this.#other
    if (!other || this.#closing || this.#gone) return false
    const copy = buffer.slice(from, to)
    other.#inbox.enqueue(copy, 0, copy.length)
    this.#full = other.#inbox.bytes > LIMITS.carrierHighWaterBytes
    return !this.#full
  }

  pause(paused: boolean): void {
    this.#inbox.pause(paused)
  }

  close(abort = false): void {
    if (this.#gone) return
    if (abort) {
      this.#other?.cut(lostCarrier(this.#other.info.remote, 'the peer cut it'))
      this.cut(cutCarrier(this.info.remote))
    } else if (!this.#closing) {
      this.#closing = true
      this.#inbox.discard()
      this.#other?.peerEnded()
      const { clock } = this.#ports
      this.#cancelLinger = clock.wakeAt(clock.now().monoMs + LIMITS.carrierLingerMs, () => this.close(true))
    }
  }

  /** The other end took everything we wrote. */
  private drained(): void {
    if (!this.#full || this.#closing || this.#gone) return
    this.#full = false
    this.#ports.defer(() => {
      if (!this.#closing && !this.#gone) this.#events?.onDrain()
    })
  }

  /** The other end sends no more: once all of it is delivered, both ends are done. */
  private peerEnded(): void {
    this.#inbox.end()
  }

  private cut(reason: Error): void {
    this.#gone = true
    this.#cancelLinger?.()
    this.#inbox.fail(reason)
  }

  /** This end reported its close; the other one has nobody to talk to. */
  #leave(): void {
    this.#gone = true
    this.#cancelLinger?.()
    this.#other?.peerEnded()
  }
}

function readName(address: string): string {
  const { scheme, host } = parseAddress(address)
  if (scheme !== 'memory') throw wrongScheme(address, ['memory'])
  return host
}

function info(remote: string, direction: 'inbound' | 'outbound'): CarrierInfo {
  return { remote, host: '', direction, transport: 'memory', delivery: 'ordered', verifiesAddress: true }
}
