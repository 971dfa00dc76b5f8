import { writeU32 } from '../../core/bytes.js'
import { utf8Length, writeUtf8 } from '../../core/text.js'
import type { RecordSink } from '../../ports/record-sink.js'
import { MAX_VARINT_2, MAX_VARINT_4, varintSize, writeVarint, writeVarint2, writeVarint4 } from '../../wire/varint.js'
import { FRAME, LENGTH_BYTES, LONG_LENGTH_BYTES, PING_BYTES, STREAM_FIN, STREAM_OPEN } from './messages.js'
import type { MuxStream } from './stream.js'

/** Data that is never split off alone at the end of a record: a fresh record costs less than many crumbs. */
const LEAST_PIECE_BYTES = 256
/** Below this a loop copies faster than `set`, which needs a view of the source first. */
const LOOP_BYTES = 24
/** No frame can be extended. */
const NONE = -1

/**
 * Writes frames straight into the session's records. While its last STREAM frame is still the end of an open record,
 * more data of that stream extends it: many small writes become one frame.
 */
export class FrameWriter {
  /** The session took no more; it says so when it has room again. */
  full = false
  private lastId = NONE
  private lastMark = NONE
  /** Data bytes in the last frame, and all its bytes. */
  private lastData = 0
  private lastFrame = 0
  /** Where the length of the last frame stands, counted back from the end of its header, and so how long it may grow. */
  private lastLength = LENGTH_BYTES

  constructor(private readonly records: RecordSink) {}

  /** Writes MAX_DATA or MAX_STREAMS. False, here and below: no room. */
  total(kind: number, limit: number): boolean {
    const size = 1 + varintSize(limit)
    if (!this.reserve(size, size)) return false
    const { buffer, at } = this.records
    buffer[at] = kind
    writeVarint(buffer, at + 1, limit)
    this.records.commit(size)
    return true
  }

  /** Writes WINDOW, RESET or STOP. */
  control(kind: number, id: number, value: number): boolean {
    const size = 1 + varintSize(id) + varintSize(value)
    if (!this.reserve(size, size)) return false
    const { buffer, at } = this.records
    buffer[at] = kind
    writeVarint(buffer, writeVarint(buffer, at + 1, id), value)
    this.records.commit(size)
    return true
  }

  /** Writes PING or PONG with eight opaque bytes given as two words. */
  ping(kind: number, high: number, low: number): boolean {
    if (!this.reserve(PING_BYTES, PING_BYTES)) return false
    const { buffer, at } = this.records
    buffer[at] = kind
    writeU32(buffer, at + 1, high)
    writeU32(buffer, at + 5, low)
    this.records.commit(PING_BYTES)
    return true
  }

  /** Writes a datagram. */
  datagram(source: Uint8Array, from: number, to: number): boolean {
    const size = 1 + LENGTH_BYTES + to - from
    if (!this.reserve(size, size)) return false
    const { buffer, at } = this.records
    buffer[at] = FRAME.DATAGRAM
    copy(source, from, to, buffer, writeVarint2(buffer, at + 1, to - from))
    this.records.commit(size)
    return true
  }

  /** Writes the empty first frame of a stream, which its first data then extends. */
  open(stream: MuxStream): boolean {
    const name = utf8Length(stream.name)
    const size = 1 + varintSize(stream.id) + 2 + name + LENGTH_BYTES
    if (!this.reserve(size, size)) return false
    const { buffer, at } = this.records
    buffer[at] = FRAME.STREAM | STREAM_OPEN
    const next = writeVarint(buffer, at + 1, stream.id)
    buffer[next] = stream.priority
    buffer[next + 1] = name
    writeVarint2(buffer, writeUtf8(stream.name, buffer, next + 2), 0)
    this.commitStream(stream.id, size, 0, LENGTH_BYTES)
    return true
  }

  /** Writes as many bytes of a stream as one frame holds, at least one; 0 means no room. */
  data(id: number, source: Uint8Array, from: number, wanted: number): number {
    if (this.extensible(id)) {
      const taken = this.extend(source, from, wanted)
      if (taken > 0) return taken
    }
    // Bulk fills whole records with one frame; what is small keeps the short length.
    const length = wanted > MAX_VARINT_2 ? LONG_LENGTH_BYTES : LENGTH_BYTES
    const header = 1 + varintSize(id) + length
    if (!this.reserve(header + Math.min(wanted, LEAST_PIECE_BYTES), header + wanted)) return 0
    const { buffer, at } = this.records
    const taken = Math.min(wanted, this.granted - header)
    buffer[at] = FRAME.STREAM
    const body = writeLength(buffer, writeVarint(buffer, at + 1, id), taken, length)
    copy(source, from, from + taken, buffer, body)
    this.commitStream(id, header + taken, taken, length)
    return taken
  }

  /** Ends a stream: by a flag on its last frame where that can still be reached, else by an empty frame. */
  fin(id: number): boolean {
    if (this.extensible(id) && this.reserve(1, 1) && this.records.mark === this.lastMark) {
      const start = this.records.at - this.lastFrame
      this.records.buffer[start] = this.records.buffer[start] | STREAM_FIN
      this.lastId = NONE
      return true
    }
    const size = 1 + varintSize(id) + 1
    if (!this.reserve(size, size)) return false
    const { buffer, at } = this.records
    buffer[at] = FRAME.STREAM | STREAM_FIN
    writeVarint(buffer, writeVarint(buffer, at + 1, id), 0)
    this.records.commit(size)
    return true
  }

  private granted = 0

  private reserve(least: number, most: number): boolean {
    if (this.full) return false
    this.granted = this.records.reserve(least, most)
    if (this.granted === 0) this.full = true
    return !this.full
  }

  private extensible(id: number): boolean {
    return this.lastId === id && this.records.mark === this.lastMark
  }

  private extend(source: Uint8Array, from: number, wanted: number): number {
    const most = Math.min(wanted, longest(this.lastLength) - this.lastData)
    if (most === 0 || !this.reserve(Math.min(most, LEAST_PIECE_BYTES), most)) return 0
    const { records } = this
    // The room may be in a fresh record: the frame to extend is sealed then.
    if (records.mark !== this.lastMark) return 0
    const { buffer, at } = records
    const taken = Math.min(most, this.granted)
    copy(source, from, from + taken, buffer, at)
    writeLength(buffer, at - this.lastData - this.lastLength, this.lastData + taken, this.lastLength)
    records.commit(taken)
    this.lastMark = records.mark
    this.lastData += taken
    this.lastFrame += taken
    return taken
  }

  private commitStream(id: number, size: number, data: number, length: number): void {
    this.records.commit(size)
    this.lastId = id
    this.lastMark = this.records.mark
    this.lastData = data
    this.lastFrame = size
    this.lastLength = length
  }
}

/** The most data a frame takes whose length has so many bytes. */
const longest = (lengthBytes: number): number => (lengthBytes === LENGTH_BYTES ? MAX_VARINT_2 : MAX_VARINT_4)

function writeLength(out: Uint8Array, at: number, value: number, lengthBytes: number): number {
  return lengthBytes === LENGTH_BYTES ? writeVarint2(out, at, value) : writeVarint4(out, at, value)
}

function copy(source: Uint8Array, from: number, to: number, out: Uint8Array, at: number): void {
  if (to - from <= LOOP_BYTES) for (let i = from; i < to; i++) out[at++] = source[i]
  else if (from === 0 && to === source.length) out.set(source, at)
  else out.set(source.subarray(from, to), at)
}
