import type { ErrorCode } from '../../core/errors.js'
import { HyphaeError } from '../../core/errors.js'
import { varintSize, writeVarint } from '../../wire/varint.js'
import type { DeliveryContext } from './context.js'
import { FrameWriter } from './frame-writer.js'
import { COMPRESSED, KIND, LANES, putEpoch } from './messages.js'
import { NameWriter } from './names.js'
import { ENTRY, Outbox } from './outbox.js'
import type { Priority, SendOptions } from './sink.js'

const NONE = -1
/** Above so many entries, deadlines are looked at only every {@link COARSE_MS}. */
const COARSE_ENTRIES = 1024
const COARSE_MS = 10

/**
 * Sends the one-way messages of one priority, in order, and sees each through to its final status. Numbers on the wire
 * are implied by the order; START tells the first of a session and SKIP tells gaps.
 */
export class Sender {
  private readonly outbox = new Outbox()
  private readonly writer: FrameWriter
  private readonly names = new NameWriter()
  /** Next entry to write in this session. */
  private cursor = 0
  /** Entry whose last bytes the lane did not take yet. */
  private writing = NONE
  /** Number the receiver gives the next SEND; NONE before START. */
  private wire = NONE
  /** Behind the highest number that was ever written to its end: nothing above can be acknowledged. */
  private everWritten = 0
  private pumping = false
  /** Entries were written in an earlier session: the peer's hello tells first which of them arrived. */
  private gated = false
  /** No entry's deadline is earlier. */
  private earliest = Infinity
  /** monoMs until which messages wait for company. */
  private batchDue = Infinity
  /** Messages that wait for company. */
  private waiting = 0

  constructor(
    private readonly context: DeliveryContext,
    private readonly priority: Priority,
  ) {
    this.writer = new FrameWriter(context, priority)
  }

  /** Token of the message that {@link Sender.send} will take next. */
  get nextToken(): number {
    return this.outbox.tail * LANES + this.priority
  }

  /** Takes a message that was checked, and returns its token. */
  send(name: string, body: Uint8Array, options: SendOptions, owner: unknown): number {
    const { context, outbox } = this
    if (outbox.tail - outbox.head >= context.config.maxQueuedMessages) throw this.full()
    const { lifetimeMs, borrowed = false } = options
    const compress = options.compress ?? context.config.compress
    if (options.qos === 0 && !compress && lifetimeMs === undefined && this.isFree(body.length)) {
      return this.sendNow(name, body, borrowed, owner)
    }
    const deadlineMs = lifetimeMs === undefined ? Infinity : context.nowMs + lifetimeMs
    if (deadlineMs < this.earliest) this.earliest = deadlineMs
    const kept = borrowed ? context.hold(body) : body
    const number = outbox.push(name, kept, options.qos, compress, deadlineMs, owner)
    context.stats.queuedMessages++
    context.stats.queuedBytes += body.length
    const token = number * LANES + this.priority
    context.sink.onStatus(token, 'queued', undefined, undefined, owner)
    if (!this.waitForCompany()) this.pump()
    return token
  }

  /** Whether a small message that is final with its writing can be written right now, without an entry. */
  private isFree(bodyBytes: number): boolean {
    const { outbox, context, priority } = this
    if (outbox.head !== outbox.tail || this.pumping || !this.writer.idle || !this.ready()) return false
    return bodyBytes <= context.copiedBodyBytes && (context.config.batchDelayMs === 0 || priority === 0)
  }

  private sendNow(name: string, body: Uint8Array, borrowed: boolean, owner: unknown): number {
    const { outbox, context } = this
    const { session, sink } = context
    const number = outbox.tail
    const token = number * LANES + this.priority
    this.pumping = true
    const whole = this.writer.write(this.compose(number, name, KIND.send, body.length), body)
    this.pumping = false
    if (whole && session === context.session) {
      outbox.skip()
      this.cursor = outbox.tail
      this.everWritten = outbox.tail
      context.stats.sent++
      sink.onStatus(token, 'queued', undefined, undefined, owner)
      sink.onStatus(token, 'sent', undefined, undefined, owner)
      context.written()
      return token
    }
    // Kept for the case that the session ends before the writer got rid of the rest, or ended in this very call.
    outbox.push(name, borrowed ? context.hold(body) : body, 0, false, Infinity, owner)
    context.stats.queuedMessages++
    context.stats.queuedBytes += body.length
    if (session === context.session) {
      this.cursor = outbox.tail
      this.writing = number
    }
    sink.onStatus(token, 'queued', undefined, undefined, owner)
    return token
  }

  /** Writes what can be written. */
  pump(): void {
    if (this.pumping) return
    this.pumping = true
    while (this.ready() && this.step());
    this.pumping = false
  }

  /** A session begins: everything that is not final is written again, in order. */
  connected(): void {
    this.gated = this.outbox.head < this.everWritten
    this.pump()
  }

  /** The session is gone, with every byte the peer has not processed. */
  disconnected(): void {
    this.writer.reset()
    this.names.reset()
    this.writing = NONE
    this.wire = NONE
    this.cursor = this.outbox.head
    this.endWaiting()
  }

  /** The peer said hello: resending may begin. */
  greeted(): void {
    this.gated = false
    this.pump()
  }

  /** The peer is done with every number below `upTo`; false where it cannot be. */
  acknowledge(upTo: number): boolean {
    const { outbox, context } = this
    if (upTo > this.everWritten) return false
    for (let number = outbox.head; number < upTo; number++) {
      // A callback may have dropped entries and sent others in their slots.
      if (!outbox.holds(number) || outbox.state(number) !== ENTRY.sent) continue
      context.stats.acknowledged++
      const owner = this.release(number)
      context.sink.onStatus(number * LANES + this.priority, 'acknowledged', undefined, undefined, owner)
    }
    this.trim()
    return true
  }

  /** The peer's handler failed for this number; false where it cannot have. */
  failedThere(number: number, code: ErrorCode, text: string): boolean {
    if (number >= this.everWritten) return false
    if (number >= this.outbox.head && this.outbox.state(number) === ENTRY.sent) this.fail(number, code, text)
    return true
  }

  /** Fails one message of the caller's; nothing happens where it is final. What is half written is still completed. */
  cancel(number: number, code: ErrorCode, text: string): void {
    if (this.outbox.holds(number) && this.outbox.state(number) !== ENTRY.done) this.fail(number, code, text)
    this.trim()
  }

  /** Fails everything that is not final. */
  abandon(code: ErrorCode, text: string): void {
    const end = this.outbox.tail
    for (let number = this.outbox.head; number < end; number++) this.cancel(number, code, text)
  }

  /** Fails what outlived its lifetime, writes what waited long enough. */
  tick(): void {
    const now = this.context.nowMs
    if (now >= this.earliest) this.expire(now)
    if (now < this.batchDue) return
    this.endWaiting()
    this.pump()
    this.context.flush()
  }

  /** Nothing happens at the moment: gives up what is made anew when it is needed. */
  rest(): void {
    this.outbox.rest()
  }

  /** When {@link Sender.tick} has something to do. */
  get deadline(): number {
    return Math.min(this.earliest, this.batchDue)
  }

  private ready(): boolean {
    return !this.gated && this.context.connected && !this.context.broken
  }

  private waitForCompany(): boolean {
    const { config, nowMs } = this.context
    if (config.batchDelayMs === 0 || this.priority === 0 || !this.context.connected) return false
    if (++this.waiting >= config.maxBatchMessages) {
      this.endWaiting()
      return false
    }
    if (this.batchDue === Infinity) this.batchDue = nowMs + config.batchDelayMs
    return true
  }

  private endWaiting(): void {
    this.waiting = 0
    this.batchDue = Infinity
  }

  /** Writes one entry or the rest of one; whether to go on. */
  private step(): boolean {
    const { outbox, writer } = this
    if (!writer.idle) {
      if (!writer.resume()) return false
      const number = this.writing
      this.writing = NONE
      if (number !== NONE) this.finish(number)
      return true
    }
    const number = this.cursor
    if (number >= outbox.tail) return false
    if (outbox.state(number) === ENTRY.done) {
      this.cursor++
      return true
    }
    if (outbox.deadline(number) <= this.context.nowMs) {
      this.cancel(number, 'EXPIRED', 'outlived its lifetime before it was written')
      return true
    }
    return this.context.mustWait(outbox.body(number).length) ? false : this.write(number)
  }

  private write(number: number): boolean {
    const { outbox, context } = this
    const body = outbox.body(number)
    if (body.length > context.peerMaxBytes && context.greeted) {
      this.cancel(
        number,
        'MESSAGE_TOO_LARGE',
        `the peer accepts ${context.peerMaxBytes} bytes, this has ${body.length}`,
      )
      return true
    }
    const smaller = context.compressed(body, outbox.compress(number))
    const wireBody = smaller ?? body
    const kind = KIND.send | outbox.qos(number) | (smaller === undefined ? 0 : COMPRESSED)
    const end = this.compose(number, outbox.name(number), kind, wireBody.length)
    this.cursor = number + 1
    if (this.writer.write(end, wireBody)) this.finish(number)
    else this.writing = number
    return this.writing === NONE
  }

  /** Puts all of a frame but the body into the scratch array; answers where it ends. */
  private compose(number: number, name: string, kind: number, bodyBytes: number): number {
    const { context, names } = this
    const { scratch } = context
    let at = this.putNumber(number, scratch)
    at = writeVarint(scratch, at, 1 + names.size(name) + bodyBytes)
    scratch[at++] = kind
    return names.put(name, scratch, at)
  }

  /** START or SKIP where the receiver would not give the next SEND this number. */
  private putNumber(number: number, out: Uint8Array): number {
    let at = 0
    if (this.wire === NONE) {
      out[at++] = 7 + varintSize(number)
      out[at++] = KIND.start
      at = putEpoch(this.context.epoch, out, at)
      at = writeVarint(out, at, number)
    } else if (this.wire !== number) {
      const gap = number - this.wire
      out[at++] = 1 + varintSize(gap)
      out[at++] = KIND.skip
      at = writeVarint(out, at, gap)
    }
    this.wire = number + 1
    return at
  }

  /** The last byte was written. */
  private finish(number: number): void {
    const { outbox, context } = this
    if (number >= this.everWritten) this.everWritten = number + 1
    if (!outbox.holds(number)) return context.written()
    const state = outbox.state(number)
    if (state === ENTRY.queued) this.firstWritten(number)
    else if (state === ENTRY.sent) context.stats.resent++
    context.written()
  }

  private firstWritten(number: number): void {
    const { outbox, context } = this
    context.stats.sent++
    const owner = outbox.owner(number)
    if (outbox.qos(number) === 0) {
      this.release(number)
      this.trim()
    } else outbox.markSent(number)
    context.sink.onStatus(number * LANES + this.priority, 'sent', undefined, undefined, owner)
  }

  private expire(now: number): void {
    const { outbox } = this
    const end = outbox.tail
    for (let number = outbox.head; number < end; number++) {
      if (outbox.holds(number) && outbox.deadline(number) <= now) this.fail(number, 'EXPIRED', 'outlived its lifetime')
    }
    this.trim()
    this.earliest = outbox.earliestDeadline()
    if (outbox.tail - outbox.head > COARSE_ENTRIES) this.earliest = Math.max(this.earliest, now + COARSE_MS)
  }

  private fail(number: number, code: ErrorCode, text: string): void {
    const owner = this.release(number)
    this.context.stats.failed++
    this.context.sink.onStatus(number * LANES + this.priority, 'failed', code, text, owner)
  }

  /** Forgets the body of a message that is final; answers whose it was. */
  private release(number: number): unknown {
    const { stats } = this.context
    const owner = this.outbox.owner(number)
    stats.queuedMessages--
    stats.queuedBytes -= this.outbox.body(number).length
    this.outbox.markDone(number)
    return owner
  }

  private trim(): void {
    this.outbox.trim()
    if (this.cursor < this.outbox.head) this.cursor = this.outbox.head
  }

  private full(): HyphaeError {
    return new HyphaeError('QUEUE_FULL', `${this.context.config.maxQueuedMessages} messages wait for the peer`, {
      retryable: true,
      details: { limit: 'maxQueuedMessages', value: this.context.config.maxQueuedMessages },
    })
  }
}
