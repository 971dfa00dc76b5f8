/** Something that events happen to. */
export interface Actor {
  /**
   * An event it scheduled is due.
   *
   * @param kind - what it is, a number of the actor's own
   * @param value - a number given when it was scheduled
   * @param payload - an object given when it was scheduled
   */
  onEvent(kind: number, value: number, payload: unknown): void
}

/**
 * The events to come, ordered by (time, order of scheduling): two of the same moment happen in the order in which they
 * were asked for, so nothing depends on how the heap is laid out. A binary heap over typed arrays; an event costs no
 * object.
 */
export class EventQueue {
  /** Time of the event that {@link EventQueue.pop} took last, virtual ms. */
  time = 0
  /** Whom it happens to. */
  actor: Actor | undefined
  /** Its kind, value and payload. */
  kind = 0
  value = 0
  payload: unknown
  /** Events waiting. */
  size = 0
  private order = 0
  private times = new Float64Array(FIRST_CAPACITY)
  private orders = new Float64Array(FIRST_CAPACITY)
  private slots = new Int32Array(FIRST_CAPACITY)
  private values = new Float64Array(FIRST_CAPACITY)
  private kinds = new Int32Array(FIRST_CAPACITY)
  private free = new Int32Array(FIRST_CAPACITY)
  private freeCount = 0
  private slotCount = 0
  private readonly actors: (Actor | undefined)[] = []
  private readonly payloads: unknown[] = []

  /** Time of the next event; undefined when none waits. */
  get nextTime(): number | undefined {
    return this.size === 0 ? undefined : this.times[0]
  }

  /** Schedules an event. A time that is no number would corrupt the order and is refused. */
  push(time: number, actor: Actor, kind: number, value = 0, payload?: unknown): void {
    if (!(time >= 0)) throw new RangeError(`an event cannot happen at ${time}`)
    if (this.size === this.times.length) this.grow()
    const slot = this.freeCount > 0 ? this.free[--this.freeCount] : this.slotCount++
    this.actors[slot] = actor
    this.kinds[slot] = kind
    this.values[slot] = value
    this.payloads[slot] = payload
    this.rise(this.size++, time, this.order++, slot)
  }

  /** Takes the next event out and puts it into the fields above; false when none waits. */
  pop(): boolean {
    if (this.size === 0) return false
    const slot = this.slots[0]
    this.time = this.times[0]
    this.actor = this.actors[slot]
    this.kind = this.kinds[slot]
    this.value = this.values[slot]
    this.payload = this.payloads[slot]
    this.actors[slot] = undefined
    this.payloads[slot] = undefined
    this.free[this.freeCount++] = slot
    const last = --this.size
    if (last > 0) this.sink(this.times[last], this.orders[last], this.slots[last])
    return true
  }

  private rise(at: number, time: number, order: number, slot: number): void {
    const { times } = this
    while (at > 0) {
      const parent = (at - 1) >> 1
      // A new event has the highest order of all: it only passes those that are strictly later.
      if (times[parent] <= time) break
      this.move(parent, at)
      at = parent
    }
    this.place(at, time, order, slot)
  }

  private sink(time: number, order: number, slot: number): void {
    const { size } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && this.before(child + 1, child)) child++
      const childTime = this.times[child]
      if (childTime > time || (childTime === time && this.orders[child] > order)) break
      this.move(child, at)
      at = child
    }
    this.place(at, time, order, slot)
  }

  private before(a: number, b: number): boolean {
    const difference = this.times[a] - this.times[b]
    return difference < 0 || (difference === 0 && this.orders[a] < this.orders[b])
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from]
    this.orders[to] = this.orders[from]
    this.slots[to] = this.slots[from]
  }

  private place(at: number, time: number, order: number, slot: number): void {
    this.times[at] = time
    this.orders[at] = order
    this.slots[at] = slot
  }

  private grow(): void {
    const capacity = this.times.length * 2
    this.times = enlarge(this.times, new Float64Array(capacity))
    this.orders = enlarge(this.orders, new Float64Array(capacity))
    this.values = enlarge(this.values, new Float64Array(capacity))
    this.slots = enlarge(this.slots, new Int32Array(capacity))
    this.kinds = enlarge(this.kinds, new Int32Array(capacity))
    this.free = enlarge(this.free, new Int32Array(capacity))
  }
}

const FIRST_CAPACITY = 1024

function enlarge<T extends Float64Array | Int32Array>(old: T, wider: T): T {
  wider.set(old)
  return wider
}
