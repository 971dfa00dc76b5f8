import { EMPTY } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { readUtf8 } from '../../core/text.js'
import { varintSize, writeVarint } from '../../wire/varint.js'
import type { CallFrame, CallLane } from './call-lane.js'
import type { DeliveryContext } from './context.js'
import { COMPRESSED, FIRST_CALL_LANE, getText, KIND, knownCode, LANES } from './messages.js'
import type { NameWriter } from './names.js'
import type { RequestOptions } from './sink.js'

/** Above so many open requests, deadlines are looked at only every {@link COARSE_MS}. */
const COARSE_REQUESTS = 1024
const COARSE_MS = 10

/** No request is open: stays empty. */
const NONE = new Map<number, never>()

/** What the requests need of their owner. */
export interface CallLanes {
  /** The lane for calls of a priority. */
  callLane(priority: number): CallLane
}

/** A request of ours, from the call to its end; also its own frame. */
class OpenRequest implements CallFrame {
  /** Set when the request ended; what is half written by then is completed all the same. */
  dropped = false
  readonly ofSession = false
  /** Whether the lane took its last byte, so that the peer may be at work on it. */
  isWritten = false
  /** Whether the head was composed: from then on the frame is completed, come what may. */
  isBegun = false
  wireBody: Uint8Array = EMPTY
  readonly bodyBytes: number
  readonly priority: number
  readonly deadlineMs: number
  private readonly compress: boolean

  constructor(
    private readonly owner: Requests,
    private readonly context: DeliveryContext,
    readonly id: number,
    private readonly name: string,
    private body: Uint8Array,
    options: RequestOptions,
  ) {
    this.bodyBytes = body.length
    this.priority = options.priority
    this.compress = options.compress ?? context.config.compress
    this.deadlineMs = context.nowMs + options.timeoutMs
  }

  get token(): number {
    return this.id * LANES + FIRST_CALL_LANE + this.priority
  }

  compose(names: NameWriter, out: Uint8Array): number {
    const { context, id, name } = this
    if (context.greeted && this.bodyBytes > context.peerMaxBytes) {
      this.owner.fail(this, 'MESSAGE_TOO_LARGE', `the peer accepts ${context.peerMaxBytes} bytes`)
      return 0
    }
    this.isBegun = true
    const smaller = context.compressed(this.body, this.compress)
    this.wireBody = smaller ?? this.body
    const leftMs = Math.max(1, Math.ceil(this.deadlineMs - context.nowMs))
    const head = 1 + varintSize(id) + varintSize(leftMs) + names.size(name)
    let at = writeVarint(out, 0, head + this.wireBody.length)
    out[at++] = KIND.request | (smaller === undefined ? 0 : COMPRESSED)
    at = writeVarint(out, at, id)
    at = writeVarint(out, at, leftMs)
    return names.put(name, out, at)
  }

  written(): void {
    this.isWritten = true
    this.release()
  }

  /** Lets go of the body, which is not needed any more. */
  release(): void {
    this.body = EMPTY
    this.wireBody = EMPTY
  }
}

/** Tells the peer that nobody waits for an answer any more. */
class CancelFrame implements CallFrame {
  readonly dropped = false
  readonly bodyBytes = 0
  readonly ofSession = true
  readonly wireBody = EMPTY

  constructor(private readonly id: number) {}

  compose(_names: NameWriter, out: Uint8Array): number {
    out[0] = 1 + varintSize(this.id)
    out[1] = KIND.cancel
    return writeVarint(out, 2, this.id)
  }

  written(): void {
    // Nothing waits for it.
  }
}

/**
 * Our requests: correlates answers by id, ends each exactly once. A request is never repeated: what was written when a
 * session was lost fails with SESSION_LOST, what was not waits for the next session.
 */
export class Requests {
  private open: Map<number, OpenRequest> = NONE
  private nextId = 0
  /** No open request's deadline is earlier. */
  private earliest = Infinity

  constructor(
    private readonly context: DeliveryContext,
    private readonly lanes: CallLanes,
  ) {}

  /** Token of the request that {@link Requests.start} will take next. */
  nextToken(priority: number): number {
    return this.nextId * LANES + FIRST_CALL_LANE + priority
  }

  /** Takes a request that was checked, and returns its token. */
  start(name: string, body: Uint8Array, options: RequestOptions): number {
    const { stats } = this.context
    const request = new OpenRequest(this, this.context, this.nextId++, name, body, options)
    if (this.open === NONE) this.open = new Map()
    this.open.set(request.id, request)
    stats.queuedMessages++
    stats.queuedBytes += request.bodyBytes
    this.earliest = Math.min(this.earliest, request.deadlineMs)
    this.lanes.callLane(request.priority).push(request)
    return request.token
  }

  /** Nothing happens at the moment: gives up what is made anew when it is needed. */
  rest(): void {
    if (this.open.size === 0) this.open = NONE
  }

  /** Ends a request that is still open, tells the peer where it may be at work. */
  cancel(id: number, code: ErrorCode, text: string): void {
    const request = this.open.get(id)
    if (request === undefined) return
    if (request.isBegun && this.context.connected) this.lanes.callLane(request.priority).push(new CancelFrame(id))
    this.fail(request, code, text)
  }

  /** Ends a request with a failure. */
  fail(request: OpenRequest, code: ErrorCode, text: string): void {
    if (!this.close(request)) return
    this.context.stats.failed++
    this.context.sink.onFailure(request.token, code, text)
  }

  /** Ends all open requests. */
  abandon(code: ErrorCode, text: string): void {
    for (const request of [...this.open.values()]) this.cancel(request.id, code, text)
  }

  /** The session is gone, and with it the answers to what was written. */
  disconnected(): void {
    for (const request of [...this.open.values()]) {
      if (request.isWritten) this.fail(request, 'SESSION_LOST', 'the session ended before the answer came')
      else request.isBegun = false
    }
  }

  /** Ends what took too long. */
  tick(): void {
    const now = this.context.nowMs
    if (now < this.earliest) return
    for (const request of this.open.values()) {
      if (request.deadlineMs <= now) this.cancel(request.id, 'TIMEOUT', 'no answer in time')
    }
    let next = Infinity
    for (const request of this.open.values()) next = Math.min(next, request.deadlineMs)
    this.earliest = this.open.size > COARSE_REQUESTS ? Math.max(next, now + COARSE_MS) : next
  }

  /** When {@link Requests.tick} has something to do. */
  get deadline(): number {
    return this.open.size === 0 ? Infinity : this.earliest
  }

  /** RESPONSE or FAILURE came, without its kind byte; false after a violation. Answers nobody waits for are dropped. */
  onAnswer(kind: number, buffer: Uint8Array, from: number, to: number, owned: boolean): boolean {
    const { context } = this
    const { reader } = context
    reader.point(buffer, from, to)
    const id = reader.read()
    if (id < 0) return context.violation('answer without id')
    const request = this.open.get(id)
    if (kind === KIND.failure) return this.onFailure(request)
    if (request === undefined || !request.isBegun) return true
    const body = context.body(buffer, reader.at, to, owned, (kind & COMPRESSED) !== 0)
    if (body === undefined) return false
    this.close(request)
    context.stats.answered++
    context.sink.onResponse(request.token, body)
    return true
  }

  private onFailure(request: OpenRequest | undefined): boolean {
    const { buffer, at, end } = this.context.reader
    const code = getText(buffer, at, end)
    const textAt = at + 1 + buffer[at]
    if (code === undefined || end - textAt > LIMITS.maxFailureTextBytes) return this.context.violation('FAILURE')
    const text = readUtf8(buffer, textAt, end)
    if (text === undefined) return this.context.violation('FAILURE')
    if (request === undefined || !request.isBegun) return true
    this.context.stats.answered++
    this.fail(request, knownCode(code), text)
    return true
  }

  private close(request: OpenRequest): boolean {
    if (!this.open.delete(request.id)) return false
    const { stats } = this.context
    stats.queuedMessages--
    stats.queuedBytes -= request.bodyBytes
    request.dropped = true
    request.release()
    if (!request.isBegun) this.lanes.callLane(request.priority).noteDropped()
    return true
  }
}
