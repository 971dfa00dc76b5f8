/** Gets the frames of one lane. */
export interface FrameHandler {
  /**
   * A whole frame's payload in `buffer[from, to)`, at least one byte.
   *
   * @param owned - the array was made for this frame and may be kept
   * @returns whether to go on; false stops {@link Deframer.read} behind this frame
   */
  onFrame(buffer: Uint8Array, from: number, to: number, owned: boolean): boolean
  /** The stream cannot be read on. */
  onBroken(reason: string): void
}

/** Bytes first set aside for a frame that arrives in pieces: a peer's claim of a length is not yet worth more. */
const FIRST_ROOM_BYTES = 64 * 1024
const MAX_LENGTH_BYTES = 8

/**
 * Cuts a lane's bytes into frames, whatever pieces they come in: `length varint | payload`. A frame that lies whole in
 * the input is handed on where it lies; one in pieces is assembled in an array of its own, which becomes the message's.
 */
export class Deframer {
  /** Payload length of the frame being assembled. */
  private length = 0
  private filled = 0
  private frame: Uint8Array | undefined
  /** Bytes of a length that was split, right-aligned use: the first `lengthBytes` are valid. */
  private readonly split: number[] = []

  constructor(
    private readonly handler: FrameHandler,
    private readonly maxFrameBytes: number,
  ) {}

  /**
   * Reads `buffer[from, to)` and returns the offset where it stopped: `to`, or behind the frame whose handler said so.
   */
  read(buffer: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to) {
      if (this.frame !== undefined) {
        at = this.fill(buffer, at, to)
        if (this.filled < this.length) return at
        if (!this.complete()) return at
        continue
      }
      const size = 1 << (buffer[at] >>> 6)
      if (this.split.length > 0 || at + size > to) {
        if (!this.splitLength(buffer[at++])) return to
        continue
      }
      const length = readLength(buffer, at, size)
      at += size
      if (length <= to - at && length > 0) {
        at += length
        if (!this.handler.onFrame(buffer, at - length, at, false)) return at
      } else if (!this.begin(length)) return to
    }
    return at
  }

  /** Forgets a frame in pieces: its session is gone. */
  reset(): void {
    this.frame = undefined
    this.split.length = 0
  }

  private begin(length: number): boolean {
    if (length === 0 || length > this.maxFrameBytes) {
      this.handler.onBroken(length === 0 ? 'empty frame' : 'frame too large')
      return false
    }
    this.length = length
    this.filled = 0
    this.frame = new Uint8Array(Math.min(length, FIRST_ROOM_BYTES))
    return true
  }

  private splitLength(byte: number): boolean {
    const { split } = this
    split.push(byte)
    const size = 1 << (split[0] >>> 6)
    if (split.length < size) return true
    const bytes = new Uint8Array(MAX_LENGTH_BYTES)
    bytes.set(split)
    split.length = 0
    return this.begin(readLength(bytes, 0, size))
  }

  private fill(buffer: Uint8Array, at: number, to: number): number {
    const count = Math.min(to - at, this.length - this.filled)
    const room = this.room(this.filled + count)
    room.set(buffer.subarray(at, at + count), this.filled)
    this.filled += count
    return at + count
  }

  private room(needed: number): Uint8Array {
    const frame = this.frame as Uint8Array
    if (needed <= frame.length) return frame
    const larger = new Uint8Array(Math.min(this.length, Math.max(needed, frame.length * 4)))
    larger.set(frame.subarray(0, this.filled))
    this.frame = larger
    return larger
  }

  private complete(): boolean {
    const frame = this.frame as Uint8Array
    this.frame = undefined
    return this.handler.onFrame(frame, 0, frame.length, true)
  }
}

/** A varint of `size` bytes; anything of 2^32 and above comes back as a length that no limit allows. */
function readLength(bytes: Uint8Array, at: number, size: number): number {
  const first = bytes[at] & 0x3f
  if (size === 1) return first
  if (size === 2) return (first << 8) | bytes[at + 1]
  let length = first
  for (let i = 1; i < size; i++) length = length * 256 + bytes[at + i]
  return length
}
