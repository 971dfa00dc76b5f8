import { packetLength } from '../../wire/handshake.js'

/** Cuts an ordered byte stream into handshake packets until it is told to stop; holds at most one packet and a chunk. */
export class PacketReader {
  private held: Uint8Array = new Uint8Array(0)
  private count = 0

  /** @param maxBytes - largest variable part taken: a chain at an initiator, early data at a responder */
  constructor(private readonly maxBytes: number) {}

  /**
   * Reads `buffer[from, to)` after what was held back.
   *
   * @param onPacket - gets a copy of each whole packet; answers false to stop after it
   * @returns the bytes behind the packet that stopped it (a copy), undefined while more packets are awaited, false when
   *   the stream holds no packet
   */
  read(
    buffer: Uint8Array,
    from: number,
    to: number,
    onPacket: (packet: Uint8Array) => boolean,
  ): Uint8Array | undefined | false {
    this.append(buffer, from, to)
    let at = 0
    for (;;) {
      const length = packetLength(this.held, at, this.count, this.maxBytes)
      if (length < 0) return false
      if (length === 0 || this.count - at < length) break
      const goOn = onPacket(this.held.slice(at, at + length))
      at += length
      if (!goOn) return this.rest(at)
    }
    this.settle(at)
    return undefined
  }

  /** Drops what was read; room for a large chunk is not kept for the little that remains of it. */
  private settle(at: number): void {
    const left = this.count - at
    if (at > 0 && left * 2 < this.held.length) this.held = this.held.slice(at, this.count)
    else this.held.copyWithin(0, at, this.count)
    this.count = left
  }

  private rest(at: number): Uint8Array {
    const rest = this.held.slice(at, this.count)
    this.held = new Uint8Array(0)
    this.count = 0
    return rest
  }

  /** Grows by doubling, so that a peer that sends single bytes costs linear time. */
  private append(buffer: Uint8Array, from: number, to: number): void {
    const needed = this.count + to - from
    if (needed > this.held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.held.length))
      grown.set(this.held.subarray(0, this.count))
      this.held = grown
    }
    this.held.set(buffer.subarray(from, to), this.count)
    this.count = needed
  }
}
