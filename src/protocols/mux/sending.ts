import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { utf8Length } from '../../core/text.js'
import { PRIORITIES, TURN_BYTES } from './config.js'
import type { ControlOut } from './control.js'
import type { FrameWriter } from './frame-writer.js'
import { isLane } from './messages.js'
import type { MuxSink } from './sink.js'
import type { MuxState } from './state.js'
import { ENDING, type MuxStream, RESETTING, SENDING, WANT_FIN, WANT_OPEN, WANT_RESET } from './stream.js'
import { TurnQueue } from './turns.js'

/** The sending half of a mux: opens streams, writes within the peer's windows, and shares room out by turns. */
export class MuxSender {
  /** Wait for room in the session, or for others to have had their turn. */
  private readonly waiting = new TurnQueue<MuxStream>()
  /** Wait for the peer's session window. Apart, because lanes do not need it. */
  private readonly starved = new TurnQueue<MuxStream>()
  private turn: MuxStream | undefined
  private turnBytes = 0
  private running = false
  private refusedOpen = false

  constructor(
    private readonly state: MuxState,
    private readonly writer: FrameWriter,
    private readonly control: ControlOut,
    private readonly sink: MuxSink,
  ) {}

  /** Streams that wait to write, but for those that wait for their own window. */
  get waitingCount(): number {
    return this.waiting.size + this.starved.size
  }

  open(name: string, priority: number): number {
    checkPriority(priority)
    if (utf8Length(name) > LIMITS.maxStreamNameBytes) {
      throw new HyphaeError('INVALID_ARGUMENT', `a stream's name has at most ${LIMITS.maxStreamNameBytes} bytes`)
    }
    const { state } = this
    if (state.closed) return -1
    if (state.opened >= state.openLimit) {
      this.refusedOpen = true
      return -1
    }
    const stream = state.openOwn(name, priority)
    this.control.ask(stream, WANT_OPEN)
    return stream.id
  }

  write(id: number, source: Uint8Array, from: number, to: number): number {
    const stream = this.state.find(id)
    if (stream === undefined || stream.sending !== SENDING) return 0
    const wanted = to - from
    const allowed = this.allowed(stream, wanted)
    let taken = 0
    while (taken < allowed) {
      const piece = this.writer.data(id, source, from + taken, allowed - taken)
      if (piece === 0) break
      taken += piece
    }
    stream.sentBytes += taken
    if (!isLane(id)) this.state.sentBytes += taken
    if (stream === this.turn) this.turnBytes -= taken
    if (taken < wanted) this.wait(stream)
    return taken
  }

  end(id: number): void {
    const stream = this.state.find(id)
    if (stream === undefined || isLane(id) || stream.sending !== SENDING) return
    stream.sending = ENDING
    stream.queue?.remove(stream)
    this.control.ask(stream, WANT_FIN)
  }

  reset(id: number, code: number): void {
    checkCode(code)
    const stream = this.state.find(id)
    if (stream === undefined || isLane(id) || stream.sending >= RESETTING) return
    stream.sending = RESETTING
    stream.resetCode = code
    stream.wants &= ~WANT_FIN
    stream.queue?.remove(stream)
    this.control.ask(stream, WANT_RESET)
  }

  priority(id: number, priority: number): void {
    checkPriority(priority)
    const stream = this.state.find(id)
    if (stream === undefined) return
    const { queue } = stream
    queue?.remove(stream)
    stream.priority = priority
    queue?.push(stream)
  }

  datagram(source: Uint8Array, from: number, to: number): boolean {
    if (this.state.closed || to - from > this.state.remote.maxDatagramBytes) return false
    return this.writer.datagram(source, from, to)
  }

  /** The session has room again: control frames first, then turns. */
  resume(): void {
    this.writer.full = false
    if (!this.state.closed && this.control.flush()) this.run()
  }

  /** Gives waiting streams their turns while there is room. */
  run(): void {
    if (this.running) return
    this.running = true
    while (!this.writer.full && !this.state.closed) {
      const stream = this.waiting.shift()
      if (stream === undefined) break
      this.turn = stream
      this.turnBytes = TURN_BYTES
      this.sink.onWritable(stream.id)
    }
    this.turn = undefined
    this.running = false
  }

  /** WINDOW: the peer takes more of one stream. */
  raiseWindow(stream: MuxStream, limit: number): void {
    if (limit <= stream.sendLimit) return
    stream.sendLimit = limit
    if (!stream.windowBlocked) return
    stream.windowBlocked = false
    if (stream.sending === SENDING) this.waiting.push(stream)
  }

  /** MAX_DATA: the peer takes more of all streams. */
  raiseSession(limit: number): void {
    if (limit <= this.state.sendLimit) return
    this.state.sendLimit = limit
    for (let stream = this.starved.shift(); stream !== undefined; stream = this.starved.shift())
      this.waiting.push(stream)
  }

  /** MAX_STREAMS: the peer lets us open more. */
  raiseStreams(count: number): void {
    if (count <= this.state.openLimit) return
    this.state.openLimit = count
    if (!this.refusedOpen) return
    this.refusedOpen = false
    this.sink.onStreamsAvailable()
  }

  /** STOP: the peer wants no more of a stream. */
  stopped(stream: MuxStream, code: number): void {
    if (stream.sending >= RESETTING) return
    this.sink.onStop(stream.id, code)
    this.reset(stream.id, code)
  }

  private allowed(stream: MuxStream, wanted: number): number {
    if (this.writer.full || (stream.wants & WANT_OPEN) !== 0) return 0
    let most = Math.min(wanted, stream.sendLimit - stream.sentBytes)
    if (!isLane(stream.id)) most = Math.min(most, this.state.sendCredit)
    // Alone, a stream needs no turns: bulk then fills whole records.
    if (stream === this.turn && this.waiting.size > 0) return Math.min(most, this.turnBytes)
    if (stream === this.turn) return most
    return this.running && this.waiting.size > 0 ? 0 : most
  }

  private wait(stream: MuxStream): void {
    if (stream.sentBytes >= stream.sendLimit) stream.windowBlocked = true
    else if (this.isStarved(stream)) this.starved.push(stream)
    else this.waiting.push(stream)
  }

  private isStarved(stream: MuxStream): boolean {
    return !isLane(stream.id) && this.state.sendCredit <= 0
  }
}

function checkPriority(priority: number): void {
  if (Number.isInteger(priority) && priority >= 0 && priority < PRIORITIES) return
  throw new HyphaeError('INVALID_ARGUMENT', `priority ${priority} is not one of 0 (urgent) to ${PRIORITIES - 1} (bulk)`)
}

/** Refuses what does not fit a RESET or STOP. */
export function checkCode(code: number): void {
  if (Number.isSafeInteger(code) && code >= 0) return
  throw new HyphaeError('INVALID_ARGUMENT', `${code} is not a stream code: an integer from 0 to 2^53−1`)
}
