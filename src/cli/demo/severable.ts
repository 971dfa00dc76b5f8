import { HyphaeError } from '../../core/errors.js'
import type { Carrier, CarrierEvents, Listener, Transport, TransportFactory } from '../../index.js'

/**
 * Cuts everything a node has to the network from one moment to the next, as the sudden death of its process would:
 * nothing more goes out, not even a goodbye, and nothing more comes in.
 */
export class Lifeline {
  private readonly carriers = new Set<Carrier>()
  private readonly listeners = new Set<Listener>()
  private cut = false

  /** Whether it was cut. */
  get isCut(): boolean {
    return this.cut
  }

  /** Hangs a transport on this line. */
  through(factory: TransportFactory): TransportFactory {
    return ports => this.wrap(factory(ports))
  }

  /** Cuts it. Resolves when the sockets are gone and the ports are free. */
  async sever(): Promise<void> {
    this.cut = true
    for (const carrier of this.carriers) carrier.close(true)
    await Promise.all([...this.listeners].map(listener => listener.close()))
  }

  private wrap(transport: Transport): Transport {
    return {
      name: transport.name,
      schemes: transport.schemes,
      capabilities: transport.capabilities,
      dial: async (address, options) => {
        if (this.cut) throw new HyphaeError('DIAL_FAILED', 'this node is dead')
        return this.hold(await transport.dial(address, options))
      },
      listen: async (address, onCarrier) => {
        const listener = await transport.listen(address, carrier => onCarrier(this.hold(carrier)))
        this.listeners.add(listener)
        return listener
      },
    }
  }

  private hold(carrier: Carrier): Carrier {
    this.carriers.add(carrier)
    if (this.cut) carrier.close(true)
    const forget = (): void => void this.carriers.delete(carrier)
    const isCut = (): boolean => this.cut
    return {
      info: carrier.info,
      bind: events => carrier.bind(deafWhen(isCut, forget, events)),
      write: (buffer, from, to) => !this.cut && carrier.write(buffer, from, to),
      pause: paused => carrier.pause(paused),
      close: abort => carrier.close(this.cut || abort),
    }
  }
}

function deafWhen(isCut: () => boolean, forget: () => void, events: CarrierEvents): CarrierEvents {
  return {
    onData: (buffer, from, to) => {
      if (!isCut()) events.onData(buffer, from, to)
    },
    onDrain: () => {
      if (!isCut()) events.onDrain()
    },
    onClose: reason => {
      forget()
      events.onClose(reason)
    },
  }
}
