interface Entry<T> {
  readonly item: T
  at: number
  index: number
}

/**
 * Many owners, each with at most one deadline: a binary heap that knows where each owner stands, so that setting one
 * costs O(log n) and the earliest is at hand. Owners with equal deadlines come in no promised order, but in the same
 * order for the same calls.
 */
export class Deadlines<T> {
  private readonly heap: Entry<T>[] = []
  private readonly entries = new Map<T, Entry<T>>()

  /** The earliest deadline, if there is any. */
  get next(): number | undefined {
    return this.heap[0]?.at
  }

  /** Owners with a deadline. */
  get size(): number {
    return this.heap.length
  }

  /** Sets, moves or with `undefined` removes an owner's deadline. */
  set(item: T, at: number | undefined): void {
    const entry = this.entries.get(item)
    if (at === undefined) {
      if (entry !== undefined) this.remove(entry)
      return
    }
    if (entry === undefined) this.add(item, at)
    else if (entry.at !== at) this.move(entry, at)
  }

  /** Takes out an owner whose deadline is at or before `nowMs`; undefined when none is due. */
  take(nowMs: number): T | undefined {
    const first = this.heap[0]
    if (first === undefined || first.at > nowMs) return undefined
    this.remove(first)
    return first.item
  }

  private add(item: T, at: number): void {
    const entry = { item, at, index: this.heap.length }
    this.heap.push(entry)
    this.entries.set(item, entry)
    this.rise(entry)
  }

  private move(entry: Entry<T>, at: number): void {
    const earlier = at < entry.at
    entry.at = at
    if (earlier) this.rise(entry)
    else this.sink(entry)
  }

  private remove(entry: Entry<T>): void {
    this.entries.delete(entry.item)
    const last = this.heap.pop()
    if (last === undefined || last === entry) return
    this.place(last, entry.index)
    this.rise(last)
    this.sink(last)
  }

  private rise(entry: Entry<T>): void {
    while (entry.index > 0) {
      const parent = this.heap[(entry.index - 1) >> 1]
      if (parent === undefined || parent.at <= entry.at) return
      this.swap(entry, parent)
    }
  }

  private sink(entry: Entry<T>): void {
    for (;;) {
      const left = this.heap[2 * entry.index + 1]
      const right = this.heap[2 * entry.index + 2]
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left
      if (child === undefined || child.at >= entry.at) return
      this.swap(entry, child)
    }
  }

  private swap(a: Entry<T>, b: Entry<T>): void {
    const { index } = a
    this.place(a, b.index)
    this.place(b, index)
  }

  private place(entry: Entry<T>, index: number): void {
    entry.index = index
    this.heap[index] = entry
  }
}
