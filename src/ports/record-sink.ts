/**
 * Where a protocol writes the bodies of a session's records: straight into the record that will be sealed, so that a
 * message is copied once and no object is made for it.
 *
 * @example
 * ```ts
 * const granted = sink.reserve(header + 1, header + wanted)
 * if (granted === 0) return // full: the session calls back when there is room
 * sink.buffer[sink.at] = kind
 * sink.commit(granted)
 * ```
 */
export interface RecordSink {
  /**
   * Makes room for at least `min` and at most `max` contiguous bytes in the current record, beginning a new one where
   * the current has less than `min` left. `min` is at most 16,384.
   *
   * @returns the bytes granted, or 0 when the session can take no more before acknowledgements or the carrier free it
   */
  reserve(min: number, max: number): number
  /** The array that the last successful `reserve` points into. Valid until the next call on the sink. */
  readonly buffer: Uint8Array
  /** Offset in {@link RecordSink.buffer} where the reserved bytes begin. */
  readonly at: number
  /**
   * Changes whenever a record is sealed (also by `reserve` beginning a new one) or anyone commits. While it is the same
   * as after one's own commit, that commit is still the last thing in the open record: a `reserve` that leaves it
   * unchanged gives room right behind those bytes, in the same {@link RecordSink.buffer}, and the committed bytes
   * before {@link RecordSink.at} may still be patched. A multiplexer extends its last frame that way instead of
   * beginning another. A counter that only rises serves.
   */
  readonly mark: number
  /**
   * Makes the first `bytes` of the reserved bytes part of the record, and asks for a flush at the end of this turn.
   * A reservation that is not committed costs nothing and is replaced by the next.
   */
  commit(bytes: number): void
}
