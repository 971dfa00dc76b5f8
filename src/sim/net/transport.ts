import { HyphaeError, type ErrorCode } from '../../core/errors.js'
import type { Carrier, CarrierEvents, CarrierInfo, DialOptions, Listener, Transport } from '../../ports/transport.js'
import { attempt } from '../../transports/attempt.js'
import { lostCarrier } from '../../transports/failures.js'
import type { VirtualClock } from '../time/clock.js'
import type { End, EndOwner } from './end.js'
import type { SimHost } from './host.js'
import { SIM_SCHEMES, type SimNetwork, withoutPeer } from './network.js'

/** Time for dials that the caller's own timeout ends first, ms. */
const LONG_MS = 3_600_000

/**
 * The simulated network as a transport for nodes made by `createNode`, `sim://name` addresses.
 */
export class SimTransport implements Transport {
  readonly name = 'sim'
  readonly schemes = [SIM_SCHEMES.ordered]
  readonly capabilities = { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true } as const

  constructor(
    private readonly network: SimNetwork,
    private readonly host: SimHost,
    private readonly clock: VirtualClock,
  ) {}

  async dial(address: string, options: DialOptions): Promise<Carrier> {
    return attempt<Carrier>(address, this.clock, undefined, options, outcome => {
      const carrier = new SimCarrier(
        own => {
          if (!outcome.succeed(own)) own.close(true)
        },
        (code, text) => outcome.fail(new HyphaeError(code, text, { retryable: true, details: { address } })),
      )
      const end = this.network.dial(this.host, address, carrier, 0, LONG_MS)
      carrier.join(end)
      return () => end.close(true)
    })
  }

  async listen(address: string, onCarrier: (carrier: Carrier) => void): Promise<Listener> {
    const own = withoutPeer(address) === `${SIM_SCHEMES.ordered}://` ? simAddress(this.host.name) : withoutPeer(address)
    this.network.listen(this.host, own, {
      accepted: end => {
        const carrier = new SimCarrier(undefined, undefined)
        carrier.join(end)
        onCarrier(carrier)
      },
    })
    return { address: own, close: async () => this.network.unlisten(this.host, own) }
  }
}

/** Address of a host on the simulated network. */
export function simAddress(name: string): string {
  return `${SIM_SCHEMES.ordered}://${name}`
}

class SimCarrier implements Carrier, EndOwner {
  private end!: End
  private events: CarrierEvents | undefined

  constructor(
    private readonly opened: ((carrier: SimCarrier) => void) | undefined,
    private readonly failed: ((code: ErrorCode, text: string) => void) | undefined,
  ) {}

  get info(): CarrierInfo {
    return this.end.info
  }

  join(end: End): void {
    this.end = end
  }

  bind(events: CarrierEvents): void {
    this.events = events
    this.end.bind(this)
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    return this.end.write(buffer, from, to)
  }

  pause(paused: boolean): void {
    this.end.pause(paused)
  }

  close(abort = false): void {
    this.end.close(abort)
  }

  endOpen(): void {
    // What comes between this moment and the receiver's binding waits.
    this.end.owner = undefined
    this.opened?.(this)
  }

  endFailed(_end: End, code: ErrorCode, text: string): void {
    this.failed?.(code, text)
  }

  endData(_end: End, buffer: Uint8Array, from: number, to: number): void {
    this.events?.onData(buffer, from, to)
  }

  endDrained(): void {
    this.events?.onDrain()
  }

  endClosed(end: End, reason: string | undefined): void {
    this.events?.onClose(reason === undefined ? undefined : lostCarrier(end.info.remote, reason))
  }
}
