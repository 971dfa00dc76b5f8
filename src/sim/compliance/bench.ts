import type { Carrier, Listener, Transport, TransportFactory, TransportPorts } from '../../ports/transport.js'
import { Tap } from './tap.js'

/** The transport under test and what it can do. */
export interface TransportSubject {
  /** Makes the transport that dials. It listens too, unless {@link listening} is given. */
  readonly factory: TransportFactory
  /** Makes the transport that listens, for one that can only dial. */
  readonly listening?: TransportFactory
  /** Clock and defer: the runtime's or simulated ones. */
  readonly ports: TransportPorts
  /** Where to listen, again and again: port 0 or what takes a free place. */
  readonly listenAddress: string
  /**
   * Whether `pause` of the transport under test reaches the sender, whose `write` answers false in the end. Browsers
   * cannot. A transport given as {@link listening} must.
   */
  readonly pausesPeer: boolean
  /**
   * Whether `write` answers false in the end where the network does not keep up. Default true; a runtime that says nothing of
   * what it buffers (workerd) cannot, and the windows of the session bound what is under way there.
   */
  readonly tellsFull?: boolean
  /** Opens a place that takes connections and never answers, for the timeout; absent where there is no such thing. */
  silent?(): Promise<Listener>
}

/** Both ends of a connection made for one case. */
export interface Pair {
  /** The end that dialled. */
  readonly dialled: Tap
  /** The end that was accepted. */
  readonly accepted: Tap
  /** Where it was accepted. */
  readonly listener: Listener
}

/** What the cases of an ordered transport stand on. */
export class Bench {
  /** What is tested. */
  readonly subject: TransportSubject
  /** The end that dials. */
  readonly transport: Transport
  /** The end that listens; often the same. */
  readonly listening: Transport
  readonly #cleanup: (() => Promise<void> | void)[] = []

  constructor(subject: TransportSubject) {
    this.subject = subject
    this.transport = subject.factory(subject.ports)
    this.listening = subject.listening ? subject.listening(subject.ports) : this.transport
  }

  /** Listens and remembers to stop. */
  async listen(onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const listener = await this.listening.listen(this.subject.listenAddress, carrier => {
      this.#cleanup.push(() => carrier.close(true))
      onCarrier(carrier)
    })
    this.#cleanup.push(() => listener.close())
    return listener
  }

  /** Dials and remembers to close. */
  async dial(address: string): Promise<Tap> {
    const carrier = await this.transport.dial(address, { timeoutMs: 5_000 })
    this.#cleanup.push(() => carrier.close(true))
    return new Tap(carrier, this.subject.ports.clock)
  }

  /** A connection of which no end is bound yet. */
  async connect(): Promise<Pair> {
    let resolve: (carrier: Carrier) => void
    const accepting = new Promise<Carrier>(fulfil => (resolve = fulfil))
    const listener = await this.listen(carrier => resolve(carrier))
    const dialled = await this.dial(listener.address)
    const accepted = new Tap(await accepting, this.subject.ports.clock)
    return { dialled, accepted, listener }
  }

  /** A connection with both ends bound. */
  async pair(): Promise<Pair> {
    const pair = await this.connect()
    pair.dialled.bind()
    pair.accepted.bind()
    return pair
  }

  /** Lets time pass. */
  wait(ms: number): Promise<void> {
    const { clock } = this.subject.ports
    return new Promise(resolve => clock.wakeAt(clock.now().monoMs + ms, resolve))
  }

  /** Does later what ends something the case began. */
  later(work: () => Promise<void> | void): void {
    this.#cleanup.push(work)
  }

  /** Ends all that the case began. */
  async end(): Promise<void> {
    for (const work of this.#cleanup.reverse()) await work()
  }
}

/** A named case as a function of its bench. */
export type TransportCase = readonly [name: string, run: (bench: Bench) => Promise<void>]
