import type { ErrorCode } from '../../src/core/errors.js'
import type { Compressor } from '../../src/ports/compressor.js'
import { Delivery, LANES, resolveDeliveryConfig } from '../../src/protocols/delivery/index.js'
import type { DeliveryConfig, DeliverySink, MessageStatus, Priority, Qos } from '../../src/protocols/delivery/index.js'

/** A seeded generator of numbers in [0, below). */
export type Dice = (below: number) => number

/** Mulberry32: small, seeded, good enough to choose pieces and moments. */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export interface Handed {
  readonly token: number
  readonly name: string
  readonly body: Uint8Array
  readonly priority: Priority
  readonly qos: Qos
}

export interface Asked {
  readonly token: number
  readonly name: string
  readonly body: Uint8Array
  readonly timeoutMs: number
}

export interface SideOptions {
  readonly config?: Partial<DeliveryConfig>
  readonly compressor?: Compressor
  readonly epoch?: number
}

/** One direction of one lane: bytes on their way, and a window on what the receiver has not consumed. */
class Pipe {
  waiting: Uint8Array[] = []
  /** Written and not consumed. */
  open = 0
  blocked = false

  get bytes(): number {
    return this.waiting.reduce((sum, piece) => sum + piece.length, 0)
  }
}

/** One end: a Delivery, everything its sink heard, and the lanes towards the other end. */
export class Side implements DeliverySink {
  delivery: Delivery
  readonly pipes = Array.from({ length: LANES }, () => new Pipe())
  readonly statuses = new Map<number, [status: MessageStatus, code?: ErrorCode, text?: string][]>()
  readonly messages: Handed[] = []
  readonly requests: Asked[] = []
  readonly cancelled: number[] = []
  readonly responses = new Map<number, Uint8Array>()
  readonly failures = new Map<number, [ErrorCode, string]>()
  readonly violations: string[] = []
  readonly writes: [lane: number, bytes: number][] = []
  readonly saves: Uint8Array[] = []
  flushes = 0
  /** Handlers at work whose end was not told. */
  atWork: number[] = []
  /** What to do with a message; by default its handler ends at once. */
  handler: (message: Handed) => void = message => this.delivery.handled(message.token, this.pair.time)
  /** What to do with a request; by default it is echoed. */
  answerer: (request: Asked) => void = request => this.delivery.respond(request.token, request.body, this.pair.time)

  constructor(
    private readonly pair: DeliveryPair,
    readonly name: 'a' | 'b',
    private readonly options: SideOptions,
  ) {
    this.delivery = this.create(options.epoch ?? (name === 'a' ? 0xa1 : 0xb1), undefined)
  }

  /** A new process: nothing is remembered but what was saved. */
  restart(epoch: number, inbox?: Uint8Array): void {
    this.atWork = []
    this.statuses.clear()
    this.responses.clear()
    this.failures.clear()
    this.delivery = this.create(epoch, inbox)
  }

  write(lane: number, buffer: Uint8Array, from: number, to: number): number {
    const pipe = this.pipes[lane]
    const taken = Math.min(to - from, this.pair.windowBytes - pipe.open)
    if (taken > 0) pipe.waiting.push(buffer.slice(from, from + taken))
    pipe.open += taken
    if (taken < to - from) pipe.blocked = true
    this.writes.push([lane, taken])
    return taken
  }

  consume(lane: number, bytes: number): void {
    const pipe = this.pair.other(this).pipes[lane]
    pipe.open -= bytes
    if (pipe.open < pipe.bytes) throw new Error(`lane ${lane}: consumed more than was delivered`)
  }

  flush(): void {
    this.flushes++
  }

  onStatus(token: number, status: MessageStatus, code?: ErrorCode, text?: string): void {
    const entry = [status, ...(code === undefined ? [] : [code, text])] as [MessageStatus, ErrorCode?, string?]
    const list = this.statuses.get(token)
    if (list === undefined) this.statuses.set(token, [entry])
    else list.push(entry)
  }

  onMessage(token: number, name: string, body: Uint8Array, priority: Priority, qos: Qos): void {
    const message = { token, name, body, priority, qos }
    this.messages.push(message)
    this.handler(message)
  }

  onRequest(token: number, name: string, body: Uint8Array, timeoutMs: number): void {
    const request = { token, name, body, timeoutMs }
    this.requests.push(request)
    this.answerer(request)
  }

  onCancelled(token: number): void {
    this.cancelled.push(token)
  }

  onResponse(token: number, body: Uint8Array): void {
    if (this.responses.has(token) || this.failures.has(token)) throw new Error('a request ended twice')
    this.responses.set(token, body)
  }

  onFailure(token: number, code: ErrorCode, text: string): void {
    if (this.responses.has(token) || this.failures.has(token)) throw new Error('a request ended twice')
    this.failures.set(token, [code, text])
  }

  saveInbox(state: Uint8Array): void {
    this.saves.push(state)
  }

  onViolation(reason: string): void {
    this.violations.push(reason)
  }

  /** The statuses of a message, without codes. */
  path(token: number): string {
    return (this.statuses.get(token) ?? []).map(([status]) => status).join(' ')
  }

  /** Ends one handler at work, the n-th. */
  endHandler(n: number): void {
    const [token] = this.atWork.splice(n, 1)
    if (token !== undefined) this.delivery.handled(token, this.pair.time)
  }

  private create(epoch: number, inbox: Uint8Array | undefined): Delivery {
    const { compressor } = this.options
    return new Delivery({ config: resolveDeliveryConfig(this.options.config), epoch, inbox, compressor, sink: this })
  }
}

export interface PairOptions {
  readonly a?: SideOptions
  readonly b?: SideOptions
  /** Window of each lane, bytes. */
  readonly windowBytes?: number
}

/** Two Delivery machines and the lanes between them, under a virtual clock; nothing moves by itself. */
export class DeliveryPair {
  time = { monoMs: 1000, wallMs: 1_700_000_000_000 }
  readonly windowBytes: number
  readonly a: Side
  readonly b: Side
  connected = false

  constructor(options: PairOptions = {}) {
    this.windowBytes = options.windowBytes ?? 256 * 1024
    this.a = new Side(this, 'a', options.a ?? {})
    this.b = new Side(this, 'b', options.b ?? {})
  }

  other(side: Side): Side {
    return side === this.a ? this.b : this.a
  }

  connect(): this {
    this.connected = true
    this.a.delivery.connected(this.time)
    this.b.delivery.connected(this.time)
    return this
  }

  /** The session is lost with all bytes on their way. */
  cut(): void {
    this.connected = false
    for (const side of [this.a, this.b]) {
      for (const pipe of side.pipes) {
        pipe.waiting = []
        pipe.open = 0
        pipe.blocked = false
      }
      side.delivery.disconnected(this.time)
    }
  }

  /** Delivers one piece of at most `most` bytes of one lane; false where nothing was on its way. */
  step(roll: Dice, most = Infinity): boolean {
    const ready = this.ready()
    const chosen = ready[roll(Math.max(1, ready.length))]
    if (chosen === undefined) return false
    const [side, lane] = chosen
    const pipe = side.pipes[lane]
    if (pipe.blocked && pipe.open < this.windowBytes) {
      pipe.blocked = false
      side.delivery.writable(lane, this.time)
      return true
    }
    const piece = pipe.waiting.shift() as Uint8Array
    const size = Math.min(piece.length, most === Infinity ? Infinity : 1 + roll(most))
    if (size < piece.length) pipe.waiting.unshift(piece.subarray(size))
    this.other(side).delivery.receive(lane, piece.slice(0, size), 0, size, this.time)
    return true
  }

  /** Makes `side` receive bytes on a lane as if the other end had written them. */
  inject(side: Side, lane: number, bytes: Uint8Array): void {
    const pipe = this.other(side).pipes[lane]
    pipe.open += bytes.length
    side.delivery.receive(lane, bytes.slice(), 0, bytes.length, this.time)
  }

  /** Delivers until nothing is on its way. */
  run(roll: Dice = () => 0, most = Infinity): this {
    let steps = 0
    while (this.step(roll, most)) if (++steps > 5_000_000) throw new Error('the pair never comes to rest')
    return this
  }

  /** Moves the clock and lets both machines do what is due, at each deadline on the way. */
  pass(ms: number): this {
    const end = this.time.monoMs + ms
    for (;;) {
      const next = Math.min(this.a.delivery.nextDeadline() ?? Infinity, this.b.delivery.nextDeadline() ?? Infinity)
      if (next > end) break
      this.at(Math.max(next, this.time.monoMs))
      this.a.delivery.tick(this.time)
      this.b.delivery.tick(this.time)
      if (this.connected) this.run()
      if ((this.a.delivery.nextDeadline() ?? Infinity) <= next && (this.b.delivery.nextDeadline() ?? 0) <= next) {
        throw new Error('a deadline is due for ever')
      }
    }
    this.at(end)
    return this
  }

  private at(monoMs: number): void {
    this.time = { monoMs, wallMs: this.time.wallMs + monoMs - this.time.monoMs }
  }

  private ready(): [Side, number][] {
    const ready: [Side, number][] = []
    for (const side of [this.a, this.b]) {
      side.pipes.forEach((pipe, lane) => {
        if (pipe.waiting.length > 0 || (pipe.blocked && pipe.open < this.windowBytes)) ready.push([side, lane])
      })
    }
    return ready
  }
}

/** Bytes that say which message they are: a number and a filler of a given length. */
export function numbered(n: number, bytes = 4): Uint8Array {
  const body = new Uint8Array(Math.max(4, bytes)).fill(n)
  new DataView(body.buffer).setUint32(0, n)
  return body
}

/** The number in a body of {@link numbered}. */
export function numberOf(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getUint32(0)
}
