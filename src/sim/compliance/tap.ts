import type { Clock } from '../../ports/clock.js'
import type { Carrier, CarrierEvents } from '../../ports/transport.js'
import { check, patternByte } from './case.js'

/** How long a step of a case may take, ms. */
const PATIENCE_MS = 10_000

/** Receiver of a carrier that remembers what happened and lets a case wait for it. */
export class Tap implements CarrierEvents {
  /** The carrier it is bound to. */
  readonly carrier: Carrier
  /** Bytes received. */
  received = 0
  /** Calls of onData. */
  deliveries = 0
  /** Calls of onDrain. */
  drains = 0
  /** Calls of onClose. */
  closes = 0
  /** Reason of the close. */
  reason: Error | undefined
  /** The first thing that broke the contract, if any. */
  fault: string | undefined
  /** Called with each piece of data, before it is counted. */
  onPiece: ((buffer: Uint8Array, from: number, to: number) => void) | undefined
  readonly #clock: Clock
  #inside = 0
  #paused = false
  #waiting: { done: () => boolean; resolve: () => void }[] = []

  constructor(carrier: Carrier, clock: Clock) {
    this.carrier = carrier
    this.#clock = clock
  }

  /** Binds itself. */
  bind(): this {
    this.#call(() => this.carrier.bind(this))
    return this
  }

  /** Writes; see `Carrier.write`. */
  write(buffer: Uint8Array, from = 0, to = buffer.length): boolean {
    return this.#call(() => this.carrier.write(buffer, from, to))
  }

  /** Pauses and expects silence from then on. */
  pause(paused: boolean): void {
    this.#paused = paused
    this.#call(() => this.carrier.pause(paused))
  }

  /** Closes; see `Carrier.close`. */
  close(abort?: boolean): void {
    this.#call(() => this.carrier.close(abort))
  }

  onData(buffer: Uint8Array, from: number, to: number): void {
    this.#event('onData')
    if (this.#paused) this.fault ??= 'onData while paused'
    if (!(from >= 0 && from < to && to <= buffer.length)) this.fault ??= `onData with the range ${from}–${to}`
    this.onPiece?.(buffer, from, to)
    this.received += to - from
    this.deliveries += 1
    this.#look()
  }

  onDrain(): void {
    this.#event('onDrain')
    this.drains += 1
    this.#look()
  }

  onClose(reason?: Error): void {
    this.#event('onClose')
    this.closes += 1
    this.reason = reason
    this.#look()
  }

  /** Compares what arrives with the pattern, and overwrites it as a receiver may. */
  expectPattern(): this {
    this.onPiece = (buffer, from, to) => {
      for (let i = from; i < to; i++) {
        if (buffer[i] !== patternByte(this.received + i - from))
          this.fault ??= `wrong byte at ${this.received + i - from}`
      }
      buffer.fill(0xff, from, to)
    }
    return this
  }

  /** Waits until the condition holds after some event; fails the case when it takes too long or the contract was broken. */
  async until(what: string, done: () => boolean): Promise<void> {
    if (!done()) {
      await new Promise<void>((resolve, reject) => {
        const cancel = this.#clock.wakeAt(this.#clock.now().monoMs + PATIENCE_MS, () =>
          reject(
            new Error(`waited ${PATIENCE_MS} ms in vain: ${what} (received ${this.received}, closes ${this.closes})`),
          ),
        )
        const settle = (): void => {
          cancel()
          resolve()
        }
        this.#waiting.push({ done, resolve: settle })
      })
    }
    this.verify()
  }

  /** Fails the case when the contract was broken. */
  verify(): void {
    check(this.fault === undefined, String(this.fault))
  }

  /** Runs a call on the carrier; events during it break the contract. */
  #call<T>(work: () => T): T {
    this.#inside += 1
    try {
      return work()
    } finally {
      this.#inside -= 1
    }
  }

  #event(name: string): void {
    if (this.#inside > 0) this.fault ??= `${name} from inside a call on the carrier`
    if (this.closes > 0) this.fault ??= `${name} after onClose`
  }

  #look(): void {
    const ready = this.#waiting.filter(({ done }) => done())
    this.#waiting = this.#waiting.filter(entry => !ready.includes(entry))
    for (const { resolve } of ready) resolve()
  }
}
