import { EMPTY } from '../../core/bytes.js'
import { HyphaeError, type ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { Time } from '../../core/time.js'
import type { Compressor } from '../../ports/compressor.js'
import { CallLane } from './call-lane.js'
import { CallReceiver } from './call-receiver.js'
import type { DeliveryConfig } from './config.js'
import { DeliveryContext, type DeliveryStats, DeliveryWorkspace } from './context.js'
import { ControlDesk } from './control.js'
import { decodeInbox, encodeInbox, type LaneInbox } from './inbox.js'
import { CONTROL_LANE, FIRST_CALL_LANE, LANES, MESSAGE_LANES } from './messages.js'
import { isName } from './names.js'
import { Receiver } from './receiver.js'
import { Replies } from './replies.js'
import { Requests } from './requests.js'
import { Sender } from './sender.js'
import type { DeliverySink, Priority, RequestOptions, SendOptions } from './sink.js'

/** What a {@link Delivery} is made of. */
export interface DeliveryOptions {
  /** See {@link DeliveryConfig}; made by `resolveDeliveryConfig`. */
  readonly config: DeliveryConfig
  /** Random number of 48 bits, new for each Delivery: tells the peer that numbers begin anew. */
  readonly epoch: number
  /** What was last saved through `saveInbox`, if anything. */
  readonly inbox?: Uint8Array | undefined
  readonly compressor?: Compressor | undefined
  /** Shared by the deliveries of a node; default one of its own, 1.5 KiB. */
  readonly workspace?: DeliveryWorkspace
  readonly sink: DeliverySink
}

/**
 * Messages to and from one remote peer, over the lanes of whatever session there is with it. Outlives sessions: what is
 * not final when one is lost goes on in the next. See README.md for the layout and the promises.
 *
 * @example
 * ```ts
 * const delivery = new Delivery({ config: resolveDeliveryConfig(), epoch, sink })
 * delivery.connected(time)
 * const token = delivery.send('orders', body, { qos: 2, priority: 1 }, time)
 * ```
 */
export class Delivery {
  private readonly context: DeliveryContext
  private readonly senders: (Sender | undefined)[] = new Array<Sender | undefined>(MESSAGE_LANES).fill(undefined)
  private readonly receivers: (Receiver | undefined)[] = new Array<Receiver | undefined>(MESSAGE_LANES).fill(undefined)
  private readonly callLanes: (CallLane | undefined)[] = new Array<CallLane | undefined>(MESSAGE_LANES).fill(undefined)
  private readonly callReceivers: (CallReceiver | undefined)[] = new Array<CallReceiver | undefined>(
    MESSAGE_LANES,
  ).fill(undefined)
  private readonly control: ControlDesk
  private readonly requests: Requests
  private readonly replies: Replies

  /** @throws HyphaeError MALFORMED where `inbox` cannot be read */
  constructor(options: DeliveryOptions) {
    const { config, epoch, sink, compressor, workspace = new DeliveryWorkspace() } = options
    this.context = new DeliveryContext(config, epoch, sink, compressor, workspace)
    const lanes = { callLane: (priority: number) => this.callLane(priority) }
    this.requests = new Requests(this.context, lanes)
    this.replies = new Replies(this.context, lanes)
    this.control = new ControlDesk(this.context, {
      senders: this.senders,
      receivers: this.receivers,
      pumpControl: () => this.callLane(CONTROL_LANE - FIRST_CALL_LANE).pump(),
      onGreeted: () => this.greeted(),
    })
    if (options.inbox === undefined) return
    decodeInbox(options.inbox).forEach((inbox, lane) => {
      if (inbox !== undefined) this.receivers[lane] = this.newReceiver(lane, inbox)
    })
  }

  /** Counters; a live object, to be read only. */
  get stats(): Readonly<DeliveryStats> {
    return this.context.stats
  }

  /** A session with the peer is ready: greets, then writes what waits. */
  connected(time: Time): void {
    const { context } = this
    this.at(time)
    if (context.connected || context.closed !== undefined) return
    context.session++
    context.connected = true
    context.broken = false
    this.control.connected()
    this.callLane(CONTROL_LANE - FIRST_CALL_LANE).pump()
    for (const sender of this.senders) sender?.connected()
    for (const lane of this.callLanes) lane?.pump()
  }

  /** The session is gone for good (a change of carrier is none of our business). */
  disconnected(time: Time): void {
    const { context } = this
    this.at(time)
    if (!context.connected) return
    context.session++
    context.connected = false
    context.greeted = false
    context.peerCompresses = false
    context.peerMaxBytes = LIMITS.floorMessageBytes
    context.unflushed = 0
    for (const sender of this.senders) sender?.disconnected()
    for (const receiver of this.receivers) receiver?.disconnected()
    for (const receiver of this.callReceivers) receiver?.disconnected()
    for (const lane of this.callLanes) lane?.disconnected()
    this.control.disconnected()
    this.replies.disconnected()
    this.requests.disconnected()
  }

  /** Bytes of a lane arrived, in order, in any pieces. Never throws on them. Not to be called from inside a sink's method. */
  receive(lane: number, buffer: Uint8Array, from: number, to: number, time: Time): void {
    this.at(time)
    if (!this.context.connected || this.context.broken || this.context.closed !== undefined) return
    if (lane < MESSAGE_LANES) this.receiver(lane).receive(buffer, from, to)
    else if (lane < LANES) this.callReceiver(lane).receive(buffer, from, to)
    this.context.endRead()
  }

  /** A lane that took fewer bytes than offered has room. */
  writable(lane: number, time: Time): void {
    this.at(time)
    if (lane < MESSAGE_LANES) this.senders[lane]?.pump()
    else this.callLanes[lane - FIRST_CALL_LANE]?.pump()
  }

  /** The session sent what it held; the count of `maxBatchMessages` begins anew. */
  flushed(): void {
    this.context.unflushed = 0
  }

  /** Token that the next {@link Delivery.send} of this priority returns, for who wants to be ready for its first status. */
  nextToken(priority: Priority): number {
    return this.sender(priority).nextToken
  }

  /** Token that the next {@link Delivery.request} of this priority returns. */
  nextRequestToken(priority: Priority): number {
    return this.requests.nextToken(priority)
  }

  /**
   * Sends a one-way message. `body` must stay unchanged until its status is final, unless it is `borrowed`. The statuses come through
   * `onStatus`, `queued` and perhaps `sent` before this method returns.
   *
   * @param owner - handed to `onStatus` with every status; the machine does not look at it
   * @returns the message's token
   * @throws HyphaeError MESSAGE_TOO_LARGE, QUEUE_FULL (retryable), CLOSED, INVALID_ARGUMENT; nothing was taken then
   */
  send(name: string, body: Uint8Array, options: SendOptions, time: Time, owner?: unknown): number {
    this.at(time)
    this.check(name, body, options.priority)
    if (options.qos !== 0 && options.qos !== 1 && options.qos !== 2) throw invalid('qos', options.qos, '0, 1 or 2')
    const { lifetimeMs } = options
    if (lifetimeMs !== undefined && !(lifetimeMs > 0)) throw invalid('lifetimeMs', lifetimeMs, 'a positive number')
    return this.sender(options.priority).send(name, body, options, owner)
  }

  /**
   * Asks the peer; the answer comes through `onResponse` or `onFailure`, exactly one of them. `body` must stay unchanged
   * until then. A request is never repeated.
   *
   * @returns the request's token
   * @throws HyphaeError as {@link Delivery.send}
   */
  request(name: string, body: Uint8Array, options: RequestOptions, time: Time): number {
    this.at(time)
    this.check(name, body, options.priority)
    const { timeoutMs } = options
    if (!(timeoutMs > 0 && timeoutMs <= LIMITS.maxSequence)) throw invalid('timeoutMs', timeoutMs, 'a positive number')
    return this.requests.start(name, body, options)
  }

  /** Gives up a message or request with ABORTED; nothing happens where it is final. A half-written message is completed. */
  cancel(token: number, time: Time): void {
    this.at(time)
    const lane = token % LANES
    const number = (token - lane) / LANES
    if (lane >= FIRST_CALL_LANE) this.requests.cancel(number, 'ABORTED', 'cancelled by the caller')
    else this.senders[lane]?.cancel(number, 'ABORTED', 'cancelled by the caller')
  }

  /** Answers a request. `body` must stay unchanged until written; larger than allowed, it becomes MESSAGE_TOO_LARGE. */
  respond(token: number, body: Uint8Array, time: Time): void {
    this.at(time)
    this.replies.answer(token, body, undefined, '')
  }

  /** Answers a request with a failure. */
  refuse(token: number, code: ErrorCode, text: string, time: Time): void {
    this.at(time)
    this.replies.answer(token, EMPTY, code, text)
  }

  /** The handler of a one-way message ended; the next of its lane may come from inside this call. */
  handled(token: number, time: Time): void {
    this.at(time)
    this.receivers[token % LANES]?.finished(token, undefined, '')
  }

  /** The handler of a one-way message failed: a qos-2 message fails at its sender too, and is not repeated. */
  notHandled(token: number, code: ErrorCode, text: string, time: Time): void {
    this.at(time)
    this.receivers[token % LANES]?.finished(token, code, text)
  }

  /** What the peer was heard of so far, as option `inbox` takes it; undefined where there is nothing to remember. */
  inboxState(): Uint8Array | undefined {
    const lanes = this.receivers.map(receiver => receiver?.inbox)
    return lanes.every(lane => lane === undefined) ? undefined : encodeInbox(lanes)
  }

  /** What `saveInbox` asked for is durable, or could not be saved (it is tried again). */
  inboxSaved(ok: boolean, time: Time): void {
    this.at(time)
    this.control.inboxSaved(ok)
  }

  /** Does what is due at this time. */
  tick(time: Time): void {
    this.at(time)
    for (const sender of this.senders) sender?.tick()
    this.requests.tick()
    this.replies.tick()
    this.control.tick()
  }

  /** The session has been quiet for a while: gives up what the next message makes anew. */
  rest(): void {
    for (const sender of this.senders) sender?.rest()
    this.requests.rest()
    this.replies.rest()
  }

  /** When {@link Delivery.tick} wants to be called next (monoMs), if at all. */
  nextDeadline(): number | undefined {
    let next = Math.min(this.requests.deadline, this.replies.deadline, this.control.deadline)
    for (const sender of this.senders) if (sender !== undefined) next = Math.min(next, sender.deadline)
    return next === Infinity ? undefined : next
  }

  /** Fails everything of ours that is not final, for instance because the peer cannot be reached. */
  abandon(code: ErrorCode, text: string): void {
    for (const sender of this.senders) sender?.abandon(code, text)
    this.requests.abandon(code, text)
  }

  /** The end: fails what is not final, cancels what is at work, takes nothing any more. */
  close(code: ErrorCode, text: string): void {
    if (this.context.closed !== undefined) return
    this.context.closed = text
    this.abandon(code, text)
    this.replies.disconnected()
  }

  private at(time: Time): void {
    this.context.nowMs = time.monoMs
  }

  private greeted(): void {
    for (const sender of this.senders) sender?.greeted()
    for (const lane of this.callLanes) lane?.pump()
  }

  private check(name: string, body: Uint8Array, priority: number): void {
    const { config, stats, closed } = this.context
    if (closed !== undefined) throw new HyphaeError('CLOSED', closed)
    if (!isName(name)) throw invalid('name', name.slice(0, 32), `1 to ${LIMITS.maxNameBytes} bytes of UTF-8`)
    if (!(priority >= 0 && priority < MESSAGE_LANES)) throw invalid('priority', priority, '0, 1, 2 or 3')
    const bytes = body.length
    if (bytes > config.maxMessageBytes) {
      throw new HyphaeError('MESSAGE_TOO_LARGE', `${bytes} bytes, ${config.maxMessageBytes} are allowed`, {
        details: { limit: 'maxMessageBytes', value: config.maxMessageBytes, bytes },
      })
    }
    if (stats.queuedMessages >= config.maxQueuedMessages) throw full('maxQueuedMessages', config.maxQueuedMessages)
    if (stats.queuedBytes + bytes > config.maxQueuedBytes) throw full('maxQueuedBytes', config.maxQueuedBytes)
  }

  private sender(priority: Priority): Sender {
    return (this.senders[priority] ??= new Sender(this.context, priority))
  }

  private receiver(lane: number): Receiver {
    return (this.receivers[lane] ??= this.newReceiver(lane, undefined))
  }

  private newReceiver(lane: number, inbox: LaneInbox | undefined): Receiver {
    return new Receiver(this.context, lane as Priority, this.control, inbox)
  }

  private callLane(priority: number): CallLane {
    const control = priority === CONTROL_LANE - FIRST_CALL_LANE
    return (this.callLanes[priority] ??= new CallLane(
      this.context,
      FIRST_CALL_LANE + priority,
      control ? this.control : undefined,
    ))
  }

  private callReceiver(lane: number): CallReceiver {
    return (this.callReceivers[lane - FIRST_CALL_LANE] ??= new CallReceiver(
      this.context,
      lane,
      this.requests,
      this.replies,
      this.control,
    ))
  }
}

function invalid(key: string, value: unknown, wanted: string): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', `${key} is ${String(value)}: ${wanted} is needed`, { details: { key } })
}

function full(limit: string, value: number): HyphaeError {
  return new HyphaeError('QUEUE_FULL', `the queue to this peer is full: ${limit} is ${value}`, {
    retryable: true,
    details: { limit, value },
  })
}
