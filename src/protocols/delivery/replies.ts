import { EMPTY } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { utf8Length, writeUtf8 } from '../../core/text.js'
import { varintSize, writeVarint } from '../../wire/varint.js'
import type { CallFrame } from './call-lane.js'
import type { DeliveryContext } from './context.js'
import { clipText, COMPRESSED, FIRST_CALL_LANE, KIND, LANES, putText } from './messages.js'
import type { NameReader, NameWriter } from './names.js'
import type { CallLanes } from './requests.js'

/** Refusals that may wait for room; beyond, a request over the limit gets no answer and times out at its sender. */
const MAX_WAITING_REFUSALS = 1024

/** The answer to a request of the peer: a body, or a code with a text. */
class Answer implements CallFrame {
  dropped = false
  readonly ofSession = true
  wireBody: Uint8Array = EMPTY
  readonly bodyBytes: number

  constructor(
    private readonly context: DeliveryContext,
    private readonly id: number,
    private body: Uint8Array,
    private code: ErrorCode | undefined,
    private text: string,
    private readonly onWritten: () => void,
  ) {
    this.bodyBytes = body.length
  }

  compose(_names: NameWriter, out: Uint8Array): number {
    const { context } = this
    if (context.greeted && this.body.length > context.peerMaxBytes) {
      this.code = 'MESSAGE_TOO_LARGE'
      this.text = `the answer has ${this.body.length} bytes, the requester accepts ${context.peerMaxBytes}`
      this.body = EMPTY
    }
    return this.code === undefined ? this.composeBody(out) : this.composeFailure(this.code, out)
  }

  written(): void {
    this.body = EMPTY
    this.wireBody = EMPTY
    this.onWritten()
  }

  /** Nobody waits for it any more. */
  drop(): void {
    this.dropped = true
    this.body = EMPTY
  }

  private composeBody(out: Uint8Array): number {
    const smaller = this.context.compressed(this.body, this.context.config.compress)
    this.wireBody = smaller ?? this.body
    let at = writeVarint(out, 0, 1 + varintSize(this.id) + this.wireBody.length)
    out[at++] = KIND.response | (smaller === undefined ? 0 : COMPRESSED)
    return writeVarint(out, at, this.id)
  }

  private composeFailure(code: ErrorCode, out: Uint8Array): number {
    const text = clipText(this.text)
    let at = writeVarint(out, 0, 2 + varintSize(this.id) + code.length + utf8Length(text))
    out[at++] = KIND.failure
    at = writeVarint(out, at, this.id)
    at = putText(code, out, at)
    return writeUtf8(text, out, at)
  }
}

/** A request of the peer that was handed up, until its answer is written. */
interface OpenReply {
  readonly token: number
  readonly id: number
  readonly priority: number
  readonly bodyBytes: number
  readonly deadlineMs: number
  /** The answer, once there is one. */
  answer: Answer | undefined
}

/** No request is at work: stays empty. */
const NONE = new Map<number, never>()

/** The peer's requests: hands them up as they come, at most so many at once, and takes their answers. */
export class Replies {
  private open: Map<number, OpenReply> = NONE
  private byId: Map<number, OpenReply> = NONE
  private serial = 0
  private waitingRefusals = 0
  /** No open request's deadline is earlier. */
  private earliest = Infinity
  private readonly refusalWritten = (): void => {
    this.waitingRefusals--
  }

  constructor(
    private readonly context: DeliveryContext,
    private readonly lanes: CallLanes,
  ) {}

  /** REQUEST came, without its kind byte; false after a violation. */
  onRequest(
    priority: number,
    names: NameReader,
    buffer: Uint8Array,
    from: number,
    to: number,
    owned: boolean,
    compressed: boolean,
  ): boolean {
    const { context } = this
    const { reader } = context
    reader.point(buffer, from, to)
    const id = reader.read()
    const timeoutMs = reader.read()
    const name = names.read(buffer, reader.at, to)
    if (id < 0 || id > LIMITS.maxSequence || timeoutMs < 0 || name === undefined) return context.violation('REQUEST')
    if (this.byId.has(id)) return context.violation('id of a request that is at work')
    const bodyAt = names.end
    if (!this.hasRoom(to - bodyAt)) return this.refuseUnseen(priority, id)
    const body = context.body(buffer, bodyAt, to, owned, compressed)
    if (body === undefined) return false
    if (!this.hasRoom(body.length)) return this.refuseUnseen(priority, id)
    this.handUp(priority, id, name, body, Math.min(timeoutMs, context.config.maxRequestTimeoutMs))
    return true
  }

  /** CANCEL came, without its kind byte; false after a violation. */
  onCancel(buffer: Uint8Array, from: number, to: number): boolean {
    const { reader } = this.context
    reader.point(buffer, from, to)
    const id = reader.read()
    if (id < 0) return this.context.violation('CANCEL')
    const reply = this.byId.get(id)
    if (reply !== undefined) this.end(reply)
    return true
  }

  /** Answers a request; nothing happens where nobody waits any more. */
  answer(token: number, body: Uint8Array, code: ErrorCode | undefined, text: string): void {
    const reply = this.open.get(token)
    if (reply === undefined || reply.answer !== undefined) return
    const { context } = this
    const tooLarge = body.length > context.config.maxMessageBytes
    const written = (): void => void this.close(reply)
    reply.answer = tooLarge
      ? new Answer(context, reply.id, EMPTY, 'MESSAGE_TOO_LARGE', `the answer has ${body.length} bytes`, written)
      : new Answer(context, reply.id, body, code, text, written)
    context.stats.requestBytesNow -= reply.bodyBytes
    this.lanes.callLane(reply.priority).push(reply.answer)
  }

  /** Nothing happens at the moment: gives up what is made anew when it is needed. */
  rest(): void {
    if (this.open.size === 0) this.open = this.byId = NONE
  }

  /** The session is gone, and with it everybody who waits. */
  disconnected(): void {
    this.waitingRefusals = 0
    for (const reply of [...this.open.values()]) this.end(reply)
  }

  /** Ends requests that nobody waits for any more by their own word. */
  tick(): void {
    const now = this.context.nowMs
    if (now < this.earliest) return
    for (const reply of this.open.values()) if (reply.deadlineMs <= now) this.end(reply)
    this.earliest = Infinity
    for (const reply of this.open.values()) this.earliest = Math.min(this.earliest, reply.deadlineMs)
  }

  /** When {@link Replies.tick} has something to do. */
  get deadline(): number {
    return this.open.size === 0 ? Infinity : this.earliest
  }

  private hasRoom(bytes: number): boolean {
    const { config, stats } = this.context
    return (
      this.open.size < config.maxConcurrentRequests && stats.requestBytesNow + bytes <= config.maxConcurrentRequestBytes
    )
  }

  private refuseUnseen(priority: number, id: number): true {
    this.context.stats.refused++
    if (this.waitingRefusals >= MAX_WAITING_REFUSALS) return true
    this.waitingRefusals++
    const text = 'too many requests are at work'
    this.lanes.callLane(priority).push(new Answer(this.context, id, EMPTY, 'RATE_LIMITED', text, this.refusalWritten))
    return true
  }

  private handUp(priority: number, id: number, name: string, body: Uint8Array, timeoutMs: number): void {
    const { context } = this
    const token = this.serial++ * LANES + FIRST_CALL_LANE + priority
    const deadlineMs = context.nowMs + timeoutMs
    const reply: OpenReply = { token, id, priority, bodyBytes: body.length, deadlineMs, answer: undefined }
    this.add(reply)
    this.earliest = Math.min(this.earliest, deadlineMs)
    context.stats.requests++
    context.stats.requestsNow++
    context.stats.requestBytesNow += body.length
    context.sink.onRequest(token, name, body, timeoutMs)
  }

  private add(reply: OpenReply): void {
    if (this.open === NONE) {
      this.open = new Map()
      this.byId = new Map()
    }
    this.open.set(reply.token, reply)
    this.byId.set(reply.id, reply)
  }

  /** Nobody waits: tells the handler, or drops an answer that is not on its way. */
  private end(reply: OpenReply): void {
    if (!this.close(reply)) return
    if (reply.answer === undefined) {
      this.context.stats.requestBytesNow -= reply.bodyBytes
      this.context.sink.onCancelled(reply.token)
      return
    }
    reply.answer.drop()
    this.lanes.callLane(reply.priority).noteDropped()
  }

  private close(reply: OpenReply): boolean {
    if (!this.open.delete(reply.token)) return false
    this.byId.delete(reply.id)
    this.context.stats.requestsNow--
    return true
  }
}
