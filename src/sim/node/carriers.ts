import type { ErrorCode } from '../../core/errors.js'
import type { Engine } from '../../node/engine/engine.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { End, EndOwner } from '../net/end.js'
import type { Acceptor } from '../net/network.js'
import type { VirtualClock } from '../time/clock.js'

/** Joins an engine's link numbers with the ends of simulated connections. */
export class SimCarriers implements EndOwner, Acceptor {
  private readonly ends = new Map<number, End>()

  constructor(
    private readonly engine: () => Engine,
    private readonly clock: VirtualClock,
    /** Called after every entry into the engine. */
    private readonly touched: () => void,
  ) {}

  /** Remembers a connection that is being dialled. */
  add(link: number, end: End): void {
    this.ends.set(link, end)
  }

  /** Writes to a connection; what goes to one that is gone is lost. */
  write(link: number, buffer: Uint8Array, from: number, to: number): boolean {
    return this.ends.get(link)?.write(buffer, from, to) ?? false
  }

  /** Ends a connection. */
  close(link: number, abort: boolean): void {
    const end = this.ends.get(link)
    this.ends.delete(link)
    end?.close(abort)
  }

  accepted(end: End, info: CarrierInfo): void {
    const engine = this.engine()
    const link = engine.acceptLink()
    end.tag = link
    this.ends.set(link, end)
    end.bind(this)
    engine.carrierAccepted(link, info, this.clock.current())
    this.touched()
  }

  endOpen(end: End): void {
    if (!this.has(end)) return
    this.engine().carrierOpened(end.tag, end.info, this.clock.current())
    this.touched()
  }

  endFailed(end: End, code: ErrorCode, text: string): void {
    if (!this.forget(end)) return
    this.engine().carrierFailed(end.tag, { code, text, retryable: true }, this.clock.current())
    this.touched()
  }

  endData(end: End, buffer: Uint8Array, from: number, to: number): void {
    if (!this.has(end)) return
    this.engine().carrierData(end.tag, buffer, from, to, this.clock.current())
    this.touched()
  }

  endDrained(end: End): void {
    if (!this.has(end)) return
    this.engine().carrierDrained(end.tag, this.clock.current())
    this.touched()
  }

  endClosed(end: End, reason: string | undefined): void {
    if (!this.forget(end)) return
    this.engine().carrierClosed(end.tag, reason, this.clock.current())
    this.touched()
  }

  private has(end: End): boolean {
    return this.ends.get(end.tag) === end
  }

  private forget(end: End): boolean {
    return this.has(end) && this.ends.delete(end.tag)
  }
}
