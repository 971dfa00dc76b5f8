import type { Carrier, CarrierInfo } from '../../ports/transport.js'
import type { Failure } from '../engine/sink.js'
import { failureOf } from './failure.js'
import type { Transports } from './transports.js'

/** What carriers tell, by link number. Never from inside a call on {@link Carriers}. */
export interface CarrierWatcher {
  onOpened(link: number, info: CarrierInfo): void
  onFailed(link: number, failure: Failure): void
  onData(link: number, buffer: Uint8Array, from: number, to: number): void
  onDrained(link: number): void
  onClosed(link: number, reason: string | undefined): void
}

/** The carriers of a node by link number, from the dial to the last byte that lingers. */
export class Carriers {
  private readonly open = new Map<number, Carrier>()
  private readonly dials = new Map<number, AbortController>()
  /** Told to close, not gone yet: they may still hold the last words of a session. */
  private readonly closing = new Set<Carrier>()
  private onIdle: (() => void) | undefined

  constructor(
    private readonly transports: Transports,
    private readonly watcher: CarrierWatcher,
  ) {}

  /** Carriers that are open. */
  get count(): number {
    return this.open.size
  }

  /** Opens a carrier; the watcher hears how it went. */
  dial(link: number, address: string, timeoutMs: number): void {
    const controller = new AbortController()
    this.dials.set(link, controller)
    void this.attempt(address, timeoutMs, controller.signal).then(
      carrier => {
        if (!this.dials.delete(link)) carrier.close(true)
        else {
          this.add(link, carrier)
          this.watcher.onOpened(link, carrier.info)
        }
      },
      (error: unknown) => {
        if (this.dials.delete(link)) this.watcher.onFailed(link, failureOf(error, 'DIAL_FAILED'))
      },
    )
  }

  /** Binds a carrier to a link. */
  add(link: number, carrier: Carrier): void {
    this.open.set(link, carrier)
    carrier.bind({
      onData: (buffer, from, to) => {
        if (this.open.has(link)) this.watcher.onData(link, buffer, from, to)
      },
      onDrain: () => {
        if (this.open.has(link)) this.watcher.onDrained(link)
      },
      onClose: reason => {
        this.gone(carrier)
        if (this.open.delete(link)) this.watcher.onClosed(link, reason?.message)
      },
    })
  }

  /** See `Carrier.write`; false on a link that is no more. */
  write(link: number, buffer: Uint8Array, from: number, to: number): boolean {
    return this.open.get(link)?.write(buffer, from, to) ?? false
  }

  /** Ends a carrier or gives up its dial. Nothing is told of it afterwards. */
  close(link: number, abort: boolean): void {
    this.dials.get(link)?.abort()
    this.dials.delete(link)
    const carrier = this.open.get(link)
    if (carrier === undefined) return
    this.open.delete(link)
    this.closing.add(carrier)
    carrier.close(abort)
  }

  /** Ends everything; resolves when the last carrier is gone. */
  async closeAll(): Promise<void> {
    for (const link of [...this.dials.keys(), ...this.open.keys()]) this.close(link, false)
    if (this.closing.size === 0) return
    await new Promise<void>(resolve => (this.onIdle = resolve))
  }

  private async attempt(address: string, timeoutMs: number, signal: AbortSignal): Promise<Carrier> {
    return this.transports.of(address).dial(address, { timeoutMs, signal })
  }

  private gone(carrier: Carrier): void {
    this.closing.delete(carrier)
    if (this.closing.size === 0) this.onIdle?.()
  }
}
