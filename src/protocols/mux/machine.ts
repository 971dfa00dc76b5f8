import type { RecordSink } from '../../ports/record-sink.js'
import type { MuxLimits } from './config.js'
import { ControlOut } from './control.js'
import { FrameWriter } from './frame-writer.js'
import { MuxReceiver } from './receiving.js'
import { MuxSender } from './sending.js'
import type { MuxSink } from './sink.js'
import { MuxState } from './state.js'

/** What a mux is made of. */
export interface MuxOptions {
  /** Whether this side began the session: it opens even ids, the other odd ones. */
  readonly initiator: boolean
  /** What we let the peer send. */
  readonly local: MuxLimits
  /** What the peer lets us send. */
  readonly remote: MuxLimits
  /** Where frames are written. */
  readonly records: RecordSink
  /** Who is told what arrives. */
  readonly sink: MuxSink
}

/** Counters of a mux for diagnostics. */
export interface MuxStats {
  /** Streams open now, lanes not counted. */
  readonly streams: number
  /** Streams that wait for a turn or for the session's window. */
  readonly waiting: number
  /** Bytes handed up that nobody consumed yet: what this session may hold in its owners' memory. */
  readonly unconsumedBytes: number
  /** Bytes of streams (not lanes) the peer still takes. */
  readonly sendCreditBytes: number
}

/**
 * Many streams, eight lanes and datagrams in the reliable, ordered records of one session, each with a window of its
 * own, so that one that nobody reads blocks no other. Holds no data: what is written goes into the open record, what
 * arrives goes to the sink. The peer's bytes never make it throw; a breach ends in `onViolation`.
 *
 * @example
 * ```ts
 * const mux = new Mux({ initiator: true, local: DEFAULT_MUX_LIMITS, remote, records, sink })
 * const id = mux.open('files', 3)
 * let at = mux.write(id, bytes, 0, bytes.length) // the rest in sink.onWritable(id)
 * ```
 */
export class Mux {
  private readonly state: MuxState
  private readonly control: ControlOut
  private readonly sender: MuxSender
  private readonly receiver: MuxReceiver
  private readonly sink: MuxSink

  constructor(options: MuxOptions) {
    this.sink = options.sink
    this.state = new MuxState(options.initiator, options.local, options.remote)
    const writer = new FrameWriter(options.records)
    this.control = new ControlOut(this.state, writer, options.sink)
    this.sender = new MuxSender(this.state, writer, this.control, options.sink)
    this.receiver = new MuxReceiver(this.state, this.control, this.sender, options.sink)
  }

  /**
   * Opens a stream; the peer learns of it at once, its first data joins the same frame.
   *
   * @param name at most 255 bytes of UTF-8
   * @param priority 0 urgent … 3 bulk; of our data here, the peer sees it as a hint
   * @returns the id, or −1 when the peer allows no more streams now: `onStreamsAvailable` follows
   * @throws HyphaeError INVALID_ARGUMENT on a longer name or another priority
   */
  open(name: string, priority: number): number {
    return this.sender.open(name, priority)
  }

  /**
   * Writes to a stream or lane, copying the bytes into the session's record.
   *
   * @returns bytes taken; when fewer than given, `onWritable(id)` follows. 0 also for a stream whose sending half is
   * over, of which `onStop` or `onClosed` told: nothing follows then.
   */
  write(id: number, buffer: Uint8Array, from: number, to: number): number {
    return this.sender.write(id, buffer, from, to)
  }

  /** Ends our half after what was written; the other half lives on. */
  end(id: number): void {
    this.sender.end(id)
  }

  /**
   * Gives our half up: the peer is told the code and drops what it did not read.
   * @throws HyphaeError INVALID_ARGUMENT on a code that is not an integer from 0 to 2^53−1
   */
  reset(id: number, code: number): void {
    this.sender.reset(id, code)
  }

  /**
   * Asks the peer to send no more; what still arrives is dropped, what was not consumed counts as consumed.
   * @throws HyphaeError INVALID_ARGUMENT on a code that is not an integer from 0 to 2^53−1
   */
  stop(id: number, code: number): void {
    this.receiver.stop(id, code)
  }

  /** Returns credit for bytes that `onData` brought and their owner has taken. More than is owed counts as what is owed. */
  consume(id: number, bytes: number): void {
    this.receiver.consume(id, bytes)
  }

  /** Sends a datagram at once or not at all: false where there is no room or the peer takes none of this size. */
  datagram(buffer: Uint8Array, from: number, to: number): boolean {
    return this.sender.datagram(buffer, from, to)
  }

  /** Asks for a pong with this payload, a safe integer ≥ 0. While there is no room only the latest is kept. */
  ping(payload: number): void {
    if (!this.state.closed) this.control.ping(Math.floor(payload / 0x1_0000_0000), payload >>> 0)
  }

  /**
   * Changes the priority of our data on a stream or lane.
   * @throws HyphaeError INVALID_ARGUMENT on anything but 0 to 3
   */
  priority(id: number, priority: number): void {
    this.sender.priority(id, priority)
  }

  /** Takes the body of one received record. */
  receive(buffer: Uint8Array, from: number, to: number): void {
    if (this.state.closed) return
    const violation = this.receiver.receive(buffer, from, to)
    if (violation === undefined) {
      this.sender.run()
      return
    }
    this.close()
    this.sink.onViolation(violation)
  }

  /** The session has room again after a `reserve` that gave none: control frames go out, then writers get their turns. */
  resume(): void {
    this.sender.resume()
  }

  /** Forgets everything; no call does anything or is answered afterwards. */
  close(): void {
    this.state.close()
    this.control.clear()
  }

  /** Counters as of now. */
  get stats(): MuxStats {
    return {
      streams: this.state.count,
      waiting: this.sender.waitingCount,
      unconsumedBytes: this.state.unconsumedBytes(),
      sendCreditBytes: this.state.sendCredit,
    }
  }
}
