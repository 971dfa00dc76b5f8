import { isCountDue, isDue, limitOf } from './credit.js'
import type { FrameWriter } from './frame-writer.js'
import { FRAME, isLane } from './messages.js'
import type { MuxSink } from './sink.js'
import type { MuxState } from './state.js'
import {
  type MuxStream,
  RECEIVED,
  RECEIVING,
  SENT,
  WANT_FIN,
  WANT_OPEN,
  WANT_RESET,
  WANT_STOP,
  WANT_WINDOW,
} from './stream.js'

const WANT_MAX_DATA = 1
const WANT_MAX_STREAMS = 2
const WANT_PING = 4
const WANT_PONG = 8

/**
 * Sends control frames at once where there is room, and keeps them as bits where there is none: at most one of each
 * kind a stream and a session, whatever the peer does. Values are taken when the frame is written, so they are never stale.
 */
export class ControlOut {
  private wants = 0
  private readonly listed: MuxStream[] = []
  private pingHigh = 0
  private pingLow = 0
  private pongHigh = 0
  private pongLow = 0

  constructor(
    private readonly state: MuxState,
    private readonly writer: FrameWriter,
    private readonly sink: MuxSink,
  ) {}

  /** Sends or notes control frames (`WANT_*`) of a stream. */
  ask(stream: MuxStream, want: number): void {
    if (this.state.closed) return
    stream.wants |= want
    // Who came first goes first: streams must be opened in the order of their ids.
    if (this.listed.length === 0 && this.send(stream)) return
    if (stream.listed) return
    stream.listed = true
    this.listed.push(stream)
  }

  /** Asks for a pong; only the latest of several is kept while there is no room. */
  ping(high: number, low: number): void {
    this.pingHigh = high
    this.pingLow = low
    this.askSession(WANT_PING)
  }

  /** Answers a ping; only the latest of several while there is no room. */
  pong(high: number, low: number): void {
    this.pongHigh = high
    this.pongLow = low
    this.askSession(WANT_PONG)
  }

  /** Notes that a stream's owner took bytes, or that nobody will. */
  consumed(stream: MuxStream, bytes: number): void {
    const { state } = this
    stream.consumedBytes += bytes
    if (!isLane(stream.id)) {
      state.consumedBytes += bytes
      const window = state.local.maxDataBytes
      if (isDue(window, state.receivedBytes, state.consumedBytes, state.receiveLimit)) this.askSession(WANT_MAX_DATA)
    }
    const window = state.local.maxStreamBytes
    if (stream.receiving === RECEIVED) this.settle(stream)
    else if (
      stream.receiving === RECEIVING &&
      isDue(window, stream.receivedBytes, stream.consumedBytes, stream.receiveLimit)
    ) {
      this.ask(stream, WANT_WINDOW)
    }
  }

  /** Forgets a stream if both halves are done and its bytes consumed. */
  settle(stream: MuxStream): void {
    if (stream.sending !== SENT || stream.receiving !== RECEIVED) return
    if (stream.consumedBytes < stream.receivedBytes || this.state.find(stream.id) !== stream) return
    const { state } = this
    state.forget(stream)
    if (isCountDue(state.local.maxStreams, state.peerOpened, state.peerClosed, state.peerOpenLimit)) {
      this.askSession(WANT_MAX_STREAMS)
    }
    this.sink.onClosed(stream.id)
  }

  /** Sends what was noted; false where room ran out again. */
  flush(): boolean {
    if (!this.sendSession()) return false
    let done = 0
    while (done < this.listed.length) {
      const stream = this.listed[done]
      if (!this.send(stream)) break
      stream.listed = false
      done++
    }
    this.listed.splice(0, done)
    return this.listed.length === 0
  }

  /** Forgets what was noted. */
  clear(): void {
    this.wants = 0
    this.listed.length = 0
  }

  private askSession(want: number): void {
    if (this.state.closed) return
    this.wants |= want
    this.sendSession()
  }

  private sendSession(): boolean {
    const { state, writer } = this
    if (this.wants & WANT_PONG) {
      if (!writer.ping(FRAME.PONG, this.pongHigh, this.pongLow)) return false
    }
    if (this.wants & WANT_MAX_DATA) {
      const limit = limitOf(state.local.maxDataBytes, state.consumedBytes)
      if (!writer.total(FRAME.MAX_DATA, limit)) return this.keep(WANT_MAX_DATA | WANT_MAX_STREAMS | WANT_PING)
      state.receiveLimit = limit
    }
    if (this.wants & WANT_MAX_STREAMS) {
      const limit = limitOf(state.local.maxStreams, state.peerClosed)
      if (!writer.total(FRAME.MAX_STREAMS, limit)) return this.keep(WANT_MAX_STREAMS | WANT_PING)
      state.peerOpenLimit = limit
    }
    if (this.wants & WANT_PING) {
      if (!writer.ping(FRAME.PING, this.pingHigh, this.pingLow)) return this.keep(WANT_PING)
    }
    this.wants = 0
    return true
  }

  private keep(wants: number): false {
    this.wants &= wants
    return false
  }

  private send(stream: MuxStream): boolean {
    const { writer } = this
    const { id } = stream
    if (stream.wants & WANT_OPEN) {
      if (!writer.open(stream)) return false
      stream.wants &= ~WANT_OPEN
    }
    if (stream.wants & WANT_WINDOW) {
      const limit = limitOf(this.state.local.maxStreamBytes, stream.consumedBytes)
      if (!writer.control(FRAME.WINDOW, id, limit)) return false
      stream.receiveLimit = limit
      stream.wants &= ~WANT_WINDOW
    }
    if (stream.wants & WANT_STOP) {
      if (!writer.control(FRAME.STOP, id, stream.stopCode)) return false
      stream.wants &= ~WANT_STOP
    }
    if (stream.wants & WANT_FIN) return writer.fin(id) && this.sent(stream)
    if (stream.wants & WANT_RESET) return writer.control(FRAME.RESET, id, stream.resetCode) && this.sent(stream)
    return true
  }

  private sent(stream: MuxStream): true {
    stream.wants = 0
    stream.sending = SENT
    this.settle(stream)
    return true
  }
}
