import type { Defer } from '../ports/clock.js'
import type { CarrierEvents } from '../ports/transport.js'

interface Chunk {
  readonly buffer: Uint8Array
  readonly from: number
  readonly to: number
}

/**
 * The receiving half of a carrier: hands bytes to the receiver, keeps them while it is paused or not bound yet, and
 * makes sure that onClose comes once, last, and never from inside a call on the carrier.
 */
export class Inbox {
  readonly #defer: Defer
  readonly #limitBytes: number
  readonly #onEmpty: (() => void) | undefined
  #events: CarrierEvents | undefined
  #queue: Chunk[] = []
  #bytes = 0
  #paused = false
  #flushing = false
  #flushAsked = false
  #discarding = false
  #ended = false
  #closed = false
  #reason: Error | undefined

  /**
   * @param limitBytes bytes it keeps at most
   * @param onEmpty called when everything kept was handed over, from the event loop
   */
  constructor(defer: Defer, limitBytes: number, onEmpty?: () => void) {
    this.#defer = defer
    this.#limitBytes = limitBytes
    this.#onEmpty = onEmpty
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** See `Carrier.bind`. */
  bind(events: CarrierEvents): void {
    this.#events = events
    this.#askFlush()
  }

  /** See `Carrier.pause`. */
  pause(paused: boolean): void {
    this.#paused = paused
    if (!paused) this.#askFlush()
  }

  /**
   * Bytes from the event loop; they belong to the inbox from now on.
   * @returns false when more is kept than allowed: the carrier must end
   */
  push(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.#discarding || this.#ended || from === to) return true
    const events = this.#events
    if (events && !this.#paused && !this.#flushing && this.#queue.length === 0) {
      events.onData(buffer, from, to)
      return true
    }
    return this.enqueue(buffer, from, to)
  }

  /** As {@link push}, but always delivered later, through Defer. */
  enqueue(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.#discarding || this.#ended || from === to) return true
    this.#queue.push({ buffer, from, to })
    this.#bytes += to - from
    this.#askFlush()
    return this.#bytes <= this.#limitBytes
  }

  /** The owner closed the carrier: what comes from now on is thrown away. */
  discard(): void {
    this.#discarding = true
    this.#queue = []
    this.#bytes = 0
    if (this.#ended) this.#askFlush()
  }

  /** Nothing more will come; onClose follows what is kept. */
  end(reason?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#reason = reason
    this.#askFlush()
  }

  /** The carrier is gone and what is kept with it; onClose follows. */
  fail(reason: Error): void {
    this.discard()
    if (this.#ended && !this.#closed) this.#reason = reason
    this.end(reason)
  }

  #askFlush(): void {
    if (this.#flushAsked || this.#closed) return
    this.#flushAsked = true
    this.#defer(() => {
      this.#flushAsked = false
      this.#flush()
    })
  }

  #flush(): void {
    const events = this.#events
    if (!events || this.#closed || this.#flushing) return
    this.#flushing = true
    const had = this.#queue.length > 0
    while (!this.#paused) {
      const chunk = this.#queue.shift()
      if (!chunk) break
      this.#bytes -= chunk.to - chunk.from
      events.onData(chunk.buffer, chunk.from, chunk.to)
    }
    this.#flushing = false
    if (this.#queue.length > 0) return
    if (had) this.#onEmpty?.()
    if (this.#ended && !this.#closed) {
      this.#closed = true
      events.onClose(this.#reason)
    }
  }
}
