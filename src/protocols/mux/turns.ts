import { PRIORITIES, TURNS_PER_YIELD } from './config.js'

const NONE: never[] = []

/** What stands in a {@link TurnQueue}: it carries the links of the list itself. */
export interface Waiting<T extends Waiting<T>> {
  /** 0 urgent … 3 bulk; does not change while it waits. */
  priority: number
  /** The queue it stands in. */
  queue: TurnQueue<T> | undefined
  previous: T | undefined
  next: T | undefined
}

/**
 * Streams that wait for a turn to write: strict priority, round robin inside one. Nobody starves: of eight turns of a
 * priority one goes down to those below it, and so on downwards. An intrusive list, so waiting allocates nothing and a
 * stream that ends leaves at once.
 */
export class TurnQueue<T extends Waiting<T>> {
  /** Streams in the queue. */
  size = 0
  // Made when a stream first waits: most sessions never see one.
  private heads: (T | undefined)[] = NONE
  private tails: (T | undefined)[] = NONE
  private turns: number[] = NONE

  /** Puts a stream at the end of its priority; one that waits already keeps its place. */
  push(stream: T): void {
    if (stream.queue === this) return
    stream.queue?.remove(stream)
    if (this.heads === NONE) this.make()
    const tail = this.tails[stream.priority]
    stream.queue = this
    stream.previous = tail
    stream.next = undefined
    if (tail === undefined) this.heads[stream.priority] = stream
    else tail.next = stream
    this.tails[stream.priority] = stream
    this.size++
  }

  private make(): void {
    this.heads = new Array<undefined>(PRIORITIES).fill(undefined)
    this.tails = new Array<undefined>(PRIORITIES).fill(undefined)
    this.turns = new Array<number>(PRIORITIES).fill(0)
  }

  /** Takes a stream out, wherever it stands. */
  remove(stream: T): void {
    if (stream.queue !== this) return
    const { previous, next } = stream
    if (previous === undefined) this.heads[stream.priority] = next
    else previous.next = next
    if (next === undefined) this.tails[stream.priority] = previous
    else next.previous = previous
    stream.queue = undefined
    stream.previous = undefined
    stream.next = undefined
    this.size--
  }

  /** Takes out the stream whose turn it is. */
  shift(): T | undefined {
    let priority = this.waitingFrom(0)
    if (priority < 0) return undefined
    for (;;) {
      const lower = this.waitingFrom(priority + 1)
      if (lower < 0 || !this.yields(priority)) break
      priority = lower
    }
    const stream = this.heads[priority] as T
    this.remove(stream)
    return stream
  }

  /** Counts a turn of a priority above waiting ones; every eighth is given away. */
  private yields(priority: number): boolean {
    const turn = this.turns[priority] + 1
    this.turns[priority] = turn === TURNS_PER_YIELD ? 0 : turn
    return turn === TURNS_PER_YIELD
  }

  private waitingFrom(priority: number): number {
    for (let p = priority; p < PRIORITIES; p++) if (this.heads[p] !== undefined) return p
    return -1
  }
}
