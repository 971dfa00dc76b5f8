import { LIMITS } from '../../core/limits.js'
import type { ErrorCode } from '../../core/errors.js'
import type { DeliveryContext } from './context.js'
import { Deframer, type FrameHandler } from './deframer.js'
import { HeldBytes } from './held-bytes.js'
import { LaneInbox } from './inbox.js'
import { COMPRESSED, getEpoch, KIND, LANES, clipText } from './messages.js'
import { NameReader } from './names.js'
import type { Priority, Qos } from './sink.js'

const NONE = -1
const SEND_MASK = 0xff & ~0x07

/** Where a receiver reports what it owes the sender. */
export interface AckDesk {
  /** There is something new to acknowledge on this lane; `now` asks for it without waiting for more. */
  owe(lane: number, now: boolean): void
  /** A save is wanted. */
  wantSave(): void
}

/**
 * Receives the one-way messages of one priority and hands them up one at a time. While a handler is at work, what
 * arrives is held and its credit kept back, so that the peer stops at the lane's window.
 */
export class Receiver implements FrameHandler {
  inbox: LaneInbox
  /** Whether this session's START came: before it nothing may be acknowledged on this lane. */
  started = false
  /** Number this session began with: the sender knows that everything below is done. */
  base = 0
  /** Failures of the inbox, by position, that this session has told. */
  told = 0
  private readonly deframer: Deframer
  private readonly held = new HeldBytes()
  private readonly names = new NameReader()
  /** Number that the next SEND of this session has. */
  private wire = 0
  /** Token of the message at its handler. */
  private current = NONE
  private currentQos: Qos = 0
  private serial = 0
  private reading = false
  /** Whether the frames read in this turn hold something to acknowledge. */
  private owing = false

  constructor(
    private readonly context: DeliveryContext,
    private readonly priority: Priority,
    private readonly desk: AckDesk,
    restored: LaneInbox | undefined,
  ) {
    this.inbox = restored ?? new LaneInbox()
    this.deframer = new Deframer(this, context.config.maxMessageBytes + LIMITS.maxFrameHeaderBytes)
  }

  /** Bytes of this lane arrived. */
  receive(buffer: Uint8Array, from: number, to: number): void {
    if (this.busy || this.held.length > 0) {
      this.held.append(buffer, from, to)
      return
    }
    const { session, sink } = this.context
    this.reading = true
    this.context.readEnd = to
    const at = this.deframer.read(buffer, from, to)
    this.reading = false
    if (this.gone(session)) return
    if (at < to) this.held.append(buffer, at, to)
    sink.consume(this.priority, at - from)
    this.readHeld()
  }

  /** The handler of `token` ended, with a failure or without. */
  finished(token: number, code: ErrorCode | undefined, text: string): void {
    if (token !== this.current) return
    this.current = NONE
    if (this.currentQos === 2) {
      const failure = code === undefined ? undefined : { number: this.inbox.atWork, code, text: clipText(text) }
      this.inbox.finish(this.context.config.durableInbox, failure)
      this.owing = true
      if (this.context.config.durableInbox) this.desk.wantSave()
    }
    if (!this.reading) this.readHeld()
  }

  /** The sender knows of the failures up to `number`. */
  failuresSeen(number: number): void {
    const before = this.inbox.failures.length
    this.inbox.forgetFailures(number + 1)
    this.told = Math.max(0, this.told - (before - this.inbox.failures.length))
    if (!this.reading) this.readHeld()
  }

  /** The session is gone, and with it everything that was not handed up. */
  disconnected(): void {
    this.started = false
    this.told = 0
    this.owing = false
    this.deframer.reset()
    this.names.reset()
    this.held.clear()
  }

  /** See {@link FrameHandler}. */
  onFrame(buffer: Uint8Array, from: number, to: number, owned: boolean): boolean {
    const kind = buffer[from]
    if ((kind & SEND_MASK) === KIND.send && (kind & 3) < 3) return this.onSend(kind, buffer, from + 1, to, owned)
    if (kind === KIND.start) return this.onStart(buffer, from + 1, to)
    if (kind === KIND.skip) return this.onSkip(buffer, from + 1, to)
    return this.context.violation(`kind ${kind} on a message lane`)
  }

  /** See {@link FrameHandler}. */
  onBroken(reason: string): void {
    this.context.violation(reason)
  }

  /** Nothing is read while a handler is at work, nor while the sender owes too many confirmations; START gets through to ask for them. */
  private get busy(): boolean {
    return this.current !== NONE || (this.started && this.inbox.failures.length >= LIMITS.maxHeldFailures)
  }

  private gone(session: number): boolean {
    return session !== this.context.session || this.context.broken
  }

  private readHeld(): void {
    const { held, context } = this
    const { session } = context
    while (!this.busy && held.length > 0) {
      this.reading = true
      context.readEnd = held.to
      const at = this.deframer.read(held.buffer, held.from, held.to)
      this.reading = false
      if (this.gone(session)) return
      const count = at - held.from
      held.take(count)
      context.sink.consume(this.priority, count)
      if (this.gone(session)) return
    }
    if (!this.owing) return
    this.owing = false
    // Where no handler is at work, nothing comes that could be acknowledged together with this.
    this.desk.owe(this.priority, this.current === NONE || held.length === 0)
  }

  private onSend(kind: number, buffer: Uint8Array, from: number, to: number, owned: boolean): boolean {
    const { context, inbox } = this
    if (!this.started) return context.violation('message before START')
    const name = this.names.read(buffer, from, to)
    if (name === undefined) return context.violation('message name')
    const number = this.wire++
    const qos = (kind & 3) as Qos
    if (qos > 0) this.owing = true
    if (number < inbox.next) {
      context.stats.duplicates++
      return true
    }
    const body = context.body(buffer, this.names.end, to, owned, (kind & COMPRESSED) !== 0)
    if (body === undefined) return false
    inbox.next = number + 1
    if (qos === 2) inbox.atWork = number
    return this.handUp(name, body, qos)
  }

  private handUp(name: string, body: Uint8Array, qos: Qos): boolean {
    const { context } = this
    const { session } = context
    const token = this.serial++ * LANES + this.priority
    this.current = token
    this.currentQos = qos
    context.stats.received++
    context.sink.onMessage(token, name, body, this.priority, qos)
    return !this.busy && !this.gone(session)
  }

  private onStart(buffer: Uint8Array, from: number, to: number): boolean {
    const { context } = this
    const { reader } = context
    const epoch = getEpoch(buffer, from, to)
    reader.point(buffer, from + 6, to)
    const base = reader.read()
    if (epoch < 0 || base < 0 || base > LIMITS.maxSequence || reader.at !== to) return context.violation('START')
    if (this.started) return context.violation('second START')
    this.started = true
    this.inbox.start(epoch, base)
    this.wire = base
    this.base = base
    this.owing = true
    return !this.busy
  }

  private onSkip(buffer: Uint8Array, from: number, to: number): boolean {
    const { context, inbox } = this
    const { reader } = context
    reader.point(buffer, from, to)
    const count = reader.read()
    if (!this.started || count < 0 || reader.at !== to) return context.violation('SKIP')
    this.wire += count
    if (this.wire > LIMITS.maxSequence) return context.violation('number above the limit')
    if (inbox.next < this.wire) inbox.next = this.wire
    return true
  }
}
