import { HyphaeError, type ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8Length, writeUtf8 } from '../../core/text.js'
import { VarintReader, varintSize, writeVarint } from '../../wire/varint.js'
import { getEpoch, getText, knownCode, MESSAGE_LANES, putEpoch, putText } from './messages.js'

/** A qos-2 message whose handler failed, kept until its sender confirms that it knows. */
export interface Failure {
  readonly number: number
  readonly code: ErrorCode
  readonly text: string
}

const NEVER = Infinity

/**
 * What a receiver remembers of one lane of one peer: which numbers of which incarnation are done. It outlives sessions,
 * and restarts where it is saved.
 */
export class LaneInbox {
  /** The peer's incarnation; −1 while none is known. */
  epoch = -1
  /** The next number to hand up; everything below was handed up or skipped. */
  next = 0
  /** Number of the qos-2 message at its handler, or Infinity. */
  atWork = NEVER
  /** Failures the sender may not know of, ascending. */
  failures: Failure[] = []
  /** First number of qos 2 that was handled and is in no save yet, or Infinity. */
  private unsaved = NEVER
  /** First number of qos 2 that was handled and is in the save being made, or Infinity. */
  private saving = NEVER

  /** A session's START. Forgets everything where the peer is a new incarnation. */
  start(epoch: number, base: number): void {
    if (epoch !== this.epoch) {
      this.epoch = epoch
      this.next = base
      this.atWork = NEVER
      this.failures = []
      this.unsaved = NEVER
      this.saving = NEVER
    } else if (base > this.next) this.next = base
    this.forgetFailures(base)
  }

  /** Every number below is handled: what a save holds. */
  get handled(): number {
    return Math.min(this.next, this.atWork)
  }

  /** Every number below may be acknowledged. */
  get acknowledgeable(): number {
    return Math.min(this.handled, this.unsaved, this.saving)
  }

  /** What a hello may acknowledge: a failure must be told by its own number first. */
  get certain(): number {
    return Math.min(this.acknowledgeable, this.failures[0]?.number ?? NEVER)
  }

  /** The qos-2 message at work ended; where the inbox is durable it waits for a save. */
  finish(durable: boolean, failure: Failure | undefined): void {
    if (durable && this.unsaved === NEVER) this.unsaved = this.atWork
    if (failure !== undefined) this.failures.push(failure)
    this.atWork = NEVER
  }

  /** Drops failures below a number. */
  forgetFailures(below: number): void {
    if (this.failures.length > 0) this.failures = this.failures.filter(failure => failure.number >= below)
  }

  get wantsSave(): boolean {
    return this.unsaved !== NEVER
  }

  beginSave(): void {
    this.saving = this.unsaved
    this.unsaved = NEVER
  }

  endSave(ok: boolean): void {
    if (!ok) this.unsaved = Math.min(this.unsaved, this.saving)
    this.saving = NEVER
  }
}

const STATE_VERSION = 1
const MAX_HEAD_BYTES = 64

/** The state of all lanes as bytes: version 1 | lanes × (lane 1 | epoch 6 | handled | count | count × failure). */
export function encodeInbox(lanes: readonly (LaneInbox | undefined)[]): Uint8Array {
  let size = 1
  for (const lane of lanes) if (lane !== undefined) size += MAX_HEAD_BYTES + failuresSize(lane.failures)
  const out = new Uint8Array(size)
  let at = 0
  out[at++] = STATE_VERSION
  lanes.forEach((lane, index) => {
    if (lane === undefined || lane.epoch < 0) return
    out[at++] = index
    at = putEpoch(lane.epoch, out, at)
    at = writeVarint(out, at, lane.handled)
    at = writeVarint(out, at, lane.failures.length)
    for (const failure of lane.failures) at = putFailure(failure, out, at)
  })
  return out.slice(0, at)
}

/**
 * Reads what {@link encodeInbox} wrote.
 *
 * @throws HyphaeError MALFORMED: starting without the state would run handlers twice, so the owner has to decide
 */
export function decodeInbox(bytes: Uint8Array): (LaneInbox | undefined)[] {
  const lanes: (LaneInbox | undefined)[] = new Array<LaneInbox | undefined>(MESSAGE_LANES).fill(undefined)
  const reader = new VarintReader()
  reader.point(bytes, 1, bytes.length)
  let sound = bytes[0] === STATE_VERSION
  while (sound && reader.at < bytes.length) {
    const index = bytes[reader.at++]
    const lane = index < MESSAGE_LANES ? readLane(reader) : undefined
    sound = lane !== undefined && lanes[index] === undefined
    lanes[index] = lane
  }
  if (sound) return lanes
  throw new HyphaeError('MALFORMED', 'the saved state of received messages cannot be read', {
    remedy: 'restore it from a backup, or delete it and accept that unacknowledged messages may be handled again',
  })
}

function readLane(reader: VarintReader): LaneInbox | undefined {
  const lane = new LaneInbox()
  lane.epoch = getEpoch(reader.buffer, reader.at, reader.end)
  reader.at += 6
  lane.next = reader.read()
  const count = reader.read()
  if (lane.epoch < 0 || lane.next < 0 || count < 0 || count > LIMITS.maxHeldFailures) return undefined
  for (let i = 0; i < count; i++) {
    const failure = readFailure(reader)
    if (failure === undefined) return undefined
    lane.failures.push(failure)
  }
  return lane
}

function readFailure(reader: VarintReader): Failure | undefined {
  const number = reader.read()
  const code = getText(reader.buffer, reader.at, reader.end)
  if (number < 0 || code === undefined) return undefined
  reader.at += 1 + reader.buffer[reader.at]
  const length = reader.read()
  if (length < 0 || reader.at + length > reader.end) return undefined
  const text = readUtf8(reader.buffer, reader.at, reader.at + length)
  reader.at += length
  return text === undefined ? undefined : { number, code: knownCode(code), text }
}

function putFailure(failure: Failure, out: Uint8Array, at: number): number {
  const end = putText(failure.code, out, writeVarint(out, at, failure.number))
  return writeUtf8(failure.text, out, writeVarint(out, end, utf8Length(failure.text)))
}

function failuresSize(failures: readonly Failure[]): number {
  let size = 0
  for (const { number, code, text } of failures) size += varintSize(number) + code.length + 9 + utf8Length(text)
  return size
}
