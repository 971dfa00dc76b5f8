import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8Length, writeUtf8 } from '../../core/text.js'
import { varintSize, writeVarint } from '../../wire/varint.js'
import type { DeliveryContext } from './context.js'
import { DELIVERY_VERSION, getEpoch, getText, KIND, knownCode, MESSAGE_LANES, putEpoch, putText } from './messages.js'
import type { AckDesk, Receiver } from './receiver.js'
import type { Sender } from './sender.js'
import { encodeInbox } from './inbox.js'

const NONE = -1

/** What the control desk works for. */
export interface ControlOwner {
  readonly senders: readonly (Sender | undefined)[]
  readonly receivers: readonly (Receiver | undefined)[]
  /** Writes what {@link ControlDesk.compose} has. */
  pumpControl(): void
  /** The peer said hello: what waited for it may go. */
  onGreeted(): void
}

/**
 * Hello, acknowledgements, failures and saves: everything two Delivery machines tell each other about messages. What is
 * due is kept as state, not as frames, so that a lane without room costs nothing and only the newest is told.
 */
export class ControlDesk implements AckDesk {
  private helloDue = false
  /** Lanes with something new to acknowledge, as bits. */
  private owed = 0
  /** Of those, the ones that wait no longer. */
  private due = 0
  private owedCount = 0
  private ackDueMs = Infinity
  private readonly told = [NONE, NONE, NONE, NONE]
  /** Highest failed number to confirm, by lane. */
  private readonly seen = [NONE, NONE, NONE, NONE]
  private saving = false
  private saveRetryMs = Infinity

  constructor(
    private readonly context: DeliveryContext,
    private readonly owner: ControlOwner,
  ) {}

  /** A session begins. */
  connected(): void {
    this.helloDue = true
  }

  /** The session is gone: what was due is told anew in the next one. */
  disconnected(): void {
    this.owed = this.due = this.owedCount = 0
    this.ackDueMs = Infinity
    this.told.fill(NONE)
    this.seen.fill(NONE)
  }

  /** See {@link AckDesk}. */
  owe(lane: number, now: boolean): void {
    const { config, nowMs } = this.context
    this.owed |= 1 << lane
    if (now || ++this.owedCount >= config.maxAckDelayMessages) this.payAll()
    else if (this.ackDueMs === Infinity) this.ackDueMs = nowMs + config.ackDelayMs
  }

  /** See {@link AckDesk}. */
  wantSave(): void {
    if (!this.saving && this.saveRetryMs === Infinity) this.save()
  }

  /** The save that the sink was asked for ended. */
  inboxSaved(ok: boolean): void {
    if (!this.saving) return
    this.saving = false
    let more = false
    this.owner.receivers.forEach((receiver, lane) => {
      if (receiver === undefined) return
      receiver.inbox.endSave(ok)
      more ||= receiver.inbox.wantsSave
      if (ok) this.owed |= 1 << lane
    })
    if (!ok) this.saveRetryMs = this.context.nowMs + this.context.config.saveRetryMs
    else if (more) this.save()
    this.payAll()
  }

  /** Tells what waited long enough, tries a failed save again. */
  tick(): void {
    const now = this.context.nowMs
    if (now >= this.ackDueMs) this.payAll()
    if (now < this.saveRetryMs) return
    this.saveRetryMs = Infinity
    this.save()
  }

  /** When {@link ControlDesk.tick} has something to do. */
  get deadline(): number {
    return Math.min(this.ackDueMs, this.saveRetryMs)
  }

  /** Writes the next control frame to `out` and returns where it ends; 0 where none is due. */
  compose(out: Uint8Array): number {
    if (this.helloDue) return this.composeHello(out)
    for (let lane = 0; lane < MESSAGE_LANES; lane++) {
      const seen = this.seen[lane]
      if (seen !== NONE) {
        this.seen[lane] = NONE
        return frameOfNumber(KIND.nackSeen, lane, seen, out)
      }
      if ((this.due & (1 << lane)) === 0) continue
      const end = this.composeAck(lane, out)
      if (end > 0) return end
    }
    return 0
  }

  /** A control frame came; false after a violation. */
  onFrame(buffer: Uint8Array, from: number, to: number): boolean {
    const kind = buffer[from]
    if (kind === KIND.hello) return this.onHello(buffer, from + 1, to) || this.context.violation('HELLO')
    if (!this.context.greeted) return this.context.violation('control frame before HELLO')
    const { reader } = this.context
    const lane = from + 1 < to ? buffer[from + 1] : MESSAGE_LANES
    reader.point(buffer, from + 2, to)
    const number = reader.read()
    if (lane >= MESSAGE_LANES || number < 0) return this.context.violation('control frame')
    if (kind === KIND.ack) return this.onAck(lane, number) || this.context.violation('ACK of what was never sent')
    if (kind === KIND.nack) return this.onNack(lane, number) || this.context.violation('NACK')
    this.owner.receivers[lane]?.failuresSeen(number)
    return true
  }

  private payAll(): void {
    this.due |= this.owed
    this.owed = this.owedCount = 0
    this.ackDueMs = Infinity
    if (this.due !== 0) this.owner.pumpControl()
  }

  private save(): void {
    this.saving = true
    const lanes = this.owner.receivers.map(receiver => receiver?.inbox)
    for (const inbox of lanes) inbox?.beginSave()
    this.context.sink.saveInbox(encodeInbox(lanes))
  }

  /** Failures first, then the acknowledgement that covers them. */
  private composeAck(lane: number, out: Uint8Array): number {
    const receiver = this.owner.receivers[lane]
    if (receiver?.started === true) {
      const failure = receiver.inbox.failures[receiver.told]
      const upTo = receiver.inbox.acknowledgeable
      if (failure !== undefined && failure.number < upTo) {
        receiver.told++
        return composeNack(lane, failure.number, failure.code, failure.text, out)
      }
      this.due &= ~(1 << lane)
      if (upTo <= Math.max(this.told[lane], receiver.base)) return 0
      this.told[lane] = upTo
      return frameOfNumber(KIND.ack, lane, upTo, out)
    }
    this.due &= ~(1 << lane)
    return 0
  }

  private composeHello(out: Uint8Array): number {
    this.helloDue = false
    const { config, compressor } = this.context
    // The payload is composed where it will stand, behind a length of two bytes.
    let at = 2
    out[at++] = KIND.hello
    out[at++] = DELIVERY_VERSION
    at = writeVarint(out, at, config.maxMessageBytes)
    at = putText(compressor?.name ?? '', out, at)
    const countAt = at++
    let count = 0
    this.owner.receivers.forEach((receiver, lane) => {
      if (receiver === undefined || receiver.inbox.epoch < 0) return
      count++
      out[at++] = lane
      at = putEpoch(receiver.inbox.epoch, out, at)
      at = writeVarint(out, at, receiver.inbox.certain)
    })
    out[countAt] = count
    const length = at - 2
    out[0] = 0x40 | (length >>> 8)
    out[1] = length
    return at
  }

  private onHello(buffer: Uint8Array, from: number, to: number): boolean {
    const { context } = this
    const { reader } = context
    if (context.greeted || from >= to || buffer[from] !== DELIVERY_VERSION) return false
    reader.point(buffer, from + 1, to)
    const maxBytes = reader.read()
    const compressor = getText(buffer, reader.at, to)
    if (maxBytes < LIMITS.floorMessageBytes || compressor === undefined) return false
    reader.at += 1 + buffer[reader.at]
    if (!this.readLanes(to)) return false
    context.peerMaxBytes = maxBytes
    context.peerCompresses = compressor !== '' && compressor === context.compressor?.name
    context.greeted = true
    this.owner.onGreeted()
    return true
  }

  private readLanes(to: number): boolean {
    const { context } = this
    const { reader } = context
    const { buffer } = reader
    const count = reader.at < to ? buffer[reader.at++] : MESSAGE_LANES + 1
    if (count > MESSAGE_LANES) return false
    for (let i = 0; i < count; i++) {
      const lane = reader.at < to ? buffer[reader.at] : MESSAGE_LANES
      const epoch = getEpoch(buffer, reader.at + 1, to)
      reader.at += 7
      const upTo = reader.read()
      if (lane >= MESSAGE_LANES || epoch < 0 || upTo < 0) return false
      if (epoch === context.epoch && !this.onAck(lane, upTo)) return false
    }
    return reader.at === to
  }

  private onAck(lane: number, upTo: number): boolean {
    return this.owner.senders[lane]?.acknowledge(upTo) ?? upTo === 0
  }

  private onNack(lane: number, number: number): boolean {
    const { reader } = this.context
    const code = getText(reader.buffer, reader.at, reader.end)
    if (code === undefined) return false
    const textAt = reader.at + 1 + reader.buffer[reader.at]
    const text = readUtf8(reader.buffer, textAt, reader.end)
    if (text === undefined || reader.end - textAt > LIMITS.maxFailureTextBytes) return false
    if (this.owner.senders[lane]?.failedThere(number, knownCode(code), text) !== true) return false
    this.seen[lane] = Math.max(this.seen[lane], number)
    this.owner.pumpControl()
    return true
  }
}

function frameOfNumber(kind: number, lane: number, number: number, out: Uint8Array): number {
  out[0] = 2 + varintSize(number)
  out[1] = kind
  out[2] = lane
  return writeVarint(out, 3, number)
}

function composeNack(lane: number, number: number, code: string, text: string, out: Uint8Array): number {
  const length = 2 + varintSize(number) + 1 + code.length + utf8Length(text)
  let at = writeVarint(out, 0, length)
  out[at++] = KIND.nack
  out[at++] = lane
  at = writeVarint(out, at, number)
  at = putText(code, out, at)
  return writeUtf8(text, out, at)
}
