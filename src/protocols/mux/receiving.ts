import { EMPTY, readU32, readU64 } from '../../core/bytes.js'
import { readUtf8 } from '../../core/text.js'
import { VarintReader } from '../../wire/varint.js'
import { PRIORITIES } from './config.js'
import type { ControlOut } from './control.js'
import { FRAME, isLane, PING_BYTES, STREAM_FIN, STREAM_FLAGS, STREAM_OPEN } from './messages.js'
import { checkCode, type MuxSender } from './sending.js'
import type { MuxSink } from './sink.js'
import type { MuxState } from './state.js'
import { type MuxStream, RECEIVED, RECEIVING, STOPPED, WANT_STOP, WANT_WINDOW } from './stream.js'

const TRUNCATED = 'truncated frame'
const NEVER_OPENED = 'frame for a stream never opened'
const LANE = 'a lane is never opened, ended, reset or stopped'

/** The receiving half of a mux: reads frames, enforces every limit we told, hands data up. Methods answer what the peer broke. */
export class MuxReceiver {
  private readonly reader = new VarintReader()

  constructor(
    private readonly state: MuxState,
    private readonly control: ControlOut,
    private readonly sender: MuxSender,
    private readonly sink: MuxSink,
  ) {}

  /** Reads the body of one record; the reason where it breaks the protocol, after which nothing more of it was used. */
  receive(buffer: Uint8Array, from: number, to: number): string | undefined {
    const { reader, state } = this
    reader.point(buffer, from, to)
    let problem: string | undefined
    while (reader.at < to && !state.closed && problem === undefined) problem = this.frame(buffer[reader.at++])
    // What was received would be kept alive until something else comes.
    reader.point(EMPTY, 0, 0)
    return problem
  }

  consume(id: number, bytes: number): void {
    const stream = this.state.find(id)
    if (stream !== undefined) this.release(stream, Math.min(bytes, stream.receivedBytes - stream.consumedBytes))
  }

  stop(id: number, code: number): void {
    checkCode(code)
    const stream = this.state.find(id)
    if (stream === undefined || isLane(id) || stream.receiving !== RECEIVING) return
    stream.receiving = STOPPED
    stream.stopCode = code
    stream.wants &= ~WANT_WINDOW
    this.control.ask(stream, WANT_STOP)
    this.release(stream, stream.receivedBytes - stream.consumedBytes)
  }

  private frame(kind: number): string | undefined {
    if ((kind & ~STREAM_FLAGS) === FRAME.STREAM) return this.stream(kind & STREAM_FLAGS)
    switch (kind) {
      case FRAME.PING:
      case FRAME.PONG:
        return this.ping(kind)
      case FRAME.DATAGRAM:
        return this.datagram()
      case FRAME.MAX_DATA:
      case FRAME.MAX_STREAMS:
        return this.total(kind)
      case FRAME.WINDOW:
      case FRAME.RESET:
      case FRAME.STOP:
        return this.ofStream(kind)
      default:
        return 'unknown frame kind'
    }
  }

  private ping(kind: number): string | undefined {
    const { reader } = this
    const { buffer, at } = reader
    if (reader.end - at < PING_BYTES - 1) return TRUNCATED
    reader.at = at + PING_BYTES - 1
    if (kind === FRAME.PING) this.control.pong(readU32(buffer, at), readU32(buffer, at + 4))
    else this.sink.onPong(readU64(buffer, at))
    return undefined
  }

  private datagram(): string | undefined {
    const { reader } = this
    const length = reader.read()
    if (length < 0 || length > reader.end - reader.at) return TRUNCATED
    if (length > this.state.local.maxDatagramBytes) return 'datagram above the limit'
    const from = reader.at
    reader.at = from + length
    this.sink.onDatagram(reader.buffer, from, from + length)
    return undefined
  }

  private total(kind: number): string | undefined {
    const limit = this.reader.read()
    if (limit < 0) return TRUNCATED
    if (kind === FRAME.MAX_DATA) this.sender.raiseSession(limit)
    else this.sender.raiseStreams(limit)
    return undefined
  }

  private ofStream(kind: number): string | undefined {
    const id = this.reader.read()
    const value = this.reader.read()
    if (id < 0 || value < 0) return TRUNCATED
    if (isLane(id) && kind !== FRAME.WINDOW) return LANE
    if (!this.state.isKnownToPeer(id)) return NEVER_OPENED
    const stream = this.state.find(id)
    if (stream === undefined) return undefined
    if (kind === FRAME.RESET) return this.reset(stream, value)
    if (kind === FRAME.STOP) this.sender.stopped(stream, value)
    else this.sender.raiseWindow(stream, value)
    return undefined
  }

  private stream(flags: number): string | undefined {
    const { reader, state } = this
    const id = reader.read()
    if (id < 0) return TRUNCATED
    if (flags !== 0 && isLane(id)) return LANE
    if ((flags & STREAM_OPEN) !== 0) {
      const problem = this.opened(id)
      if (problem !== undefined || state.closed) return problem
    }
    const length = reader.read()
    if (length < 0 || length > reader.end - reader.at) return TRUNCATED
    const from = reader.at
    reader.at = from + length
    if (!state.isKnownToPeer(id)) return NEVER_OPENED
    const stream = state.find(id)
    if (stream === undefined) return undefined
    const problem = this.data(stream, from, reader.at)
    if (problem === undefined && (flags & STREAM_FIN) !== 0) this.ended(stream)
    return problem
  }

  private opened(id: number): string | undefined {
    const { reader, state } = this
    const { buffer, at } = reader
    if (id !== state.nextPeersId) return 'stream opened out of turn'
    if (state.peerOpened >= state.peerOpenLimit) return 'more streams than allowed'
    if (reader.end - at < 2) return TRUNCATED
    const priority = buffer[at]
    const nameEnd = at + 2 + buffer[at + 1]
    if (nameEnd > reader.end) return TRUNCATED
    if (priority >= PRIORITIES) return 'unknown priority'
    const name = readUtf8(buffer, at + 2, nameEnd)
    if (name === undefined) return 'stream name is not UTF-8'
    reader.at = nameEnd
    state.openPeers(priority)
    this.sink.onStream(id, name, priority)
    return undefined
  }

  private data(stream: MuxStream, from: number, to: number): string | undefined {
    const { state } = this
    const bytes = to - from
    if (stream.receiving === RECEIVED) return 'data after the end of a stream'
    if (bytes > stream.receiveLimit - stream.receivedBytes) return 'data beyond the window of a stream'
    if (!isLane(stream.id)) {
      if (bytes > state.receiveLimit - state.receivedBytes) return 'data beyond the window of the session'
      state.receivedBytes += bytes
    }
    stream.receivedBytes += bytes
    if (bytes === 0) return undefined
    if (stream.receiving === STOPPED) this.release(stream, bytes)
    else this.sink.onData(stream.id, this.reader.buffer, from, to)
    return undefined
  }

  private ended(stream: MuxStream): void {
    if (this.state.closed) return
    const wanted = stream.receiving === RECEIVING
    this.finish(stream)
    if (wanted) this.sink.onEnd(stream.id)
    this.control.settle(stream)
  }

  private reset(stream: MuxStream, code: number): string | undefined {
    if (stream.receiving === RECEIVED) return 'reset after the end of a stream'
    const wanted = stream.receiving === RECEIVING
    this.finish(stream)
    if (wanted) this.sink.onReset(stream.id, code)
    this.release(stream, stream.receivedBytes - stream.consumedBytes)
    this.control.settle(stream)
    return undefined
  }

  private finish(stream: MuxStream): void {
    stream.receiving = RECEIVED
    stream.wants &= ~(WANT_WINDOW | WANT_STOP)
  }

  private release(stream: MuxStream, bytes: number): void {
    if (bytes > 0) this.control.consumed(stream, bytes)
  }
}
