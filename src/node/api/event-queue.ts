import type { EventsMissedEvent, NodeEvent } from './events.js'

/** One iteration over a node's events. */
export type EventIterator = AsyncIterableIterator<NodeEvent | EventsMissedEvent>

/**
 * A bounded queue between a node and one `for await`. Below the bound every event comes once, in order. Past it the
 * oldest ones make room, and a `missed` event with their number comes in their place, so that nobody believes to have
 * seen all.
 */
export class EventQueue implements EventIterator {
  private queue: NodeEvent[] = []
  private head = 0
  private missed = 0
  private readers: ((result: IteratorResult<NodeEvent | EventsMissedEvent>) => void)[] = []
  private ended = false

  /**
   * @param bound - events it holds at most
   * @param onEnd - called once, when the iteration is over
   */
  constructor(
    private readonly bound: number,
    private readonly onEnd: (queue: EventQueue) => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Adds an event. */
  push(event: NodeEvent): void {
    if (this.ended) return
    const reader = this.readers.shift()
    if (reader !== undefined) return reader({ done: false, value: event })
    if (this.queue.length - this.head >= this.bound) {
      this.take()
      this.missed++
    }
    this.queue.push(event)
  }

  /** No more events come; those in the queue are still handed out. */
  end(): void {
    if (this.ended) return
    this.ended = true
    for (const reader of this.readers.splice(0)) reader({ done: true, value: undefined })
    this.onEnd(this)
  }

  next(): Promise<IteratorResult<NodeEvent | EventsMissedEvent>> {
    if (this.missed > 0) {
      const count = this.missed
      this.missed = 0
      return Promise.resolve({ done: false, value: { type: 'missed', count } })
    }
    const event = this.take()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.readers.push(resolve))
  }

  return(): Promise<IteratorResult<NodeEvent | EventsMissedEvent>> {
    this.queue = []
    this.head = 0
    this.missed = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  private take(): NodeEvent | undefined {
    const event = this.queue[this.head]
    if (event === undefined) return undefined
    this.head++
    // Shifting moves the whole array each time; so the front is cut off in large pieces.
    if (this.head >= 1024 || this.head === this.queue.length) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
    return event
  }
}
