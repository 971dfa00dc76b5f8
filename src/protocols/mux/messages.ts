import { type VarintReader, varintSize, writeVarint } from '../../wire/varint.js'
import { LANES, type MuxLimits } from './config.js'

/*
 * A record's body is a sequence of whole frames. `v` is a varint (wire/varint.ts), the number its bytes where fixed.
 *
 *   PING        01 | opaque 8
 *   PONG        02 | opaque 8
 *   DATAGRAM    03 | length v | body
 *   MAX_DATA    04 | limit v                     absolute: bytes the receiver of this may ever send on streams
 *   MAX_STREAMS 05 | count v                     absolute: streams the receiver of this may ever open
 *   WINDOW      06 | id v | limit v              absolute: bytes the receiver of this may ever send on that stream
 *   RESET       07 | id v | code v               the sender of this sends no more on that stream
 *   STOP        08 | id v | code v               the sender of this wants no more on that stream
 *   STREAM      10 + flags | id v | [priority 1 | name length 1 | name] | length v | data
 *
 * Offsets of stream data are implied: records are reliable and in order.
 */

/** The first byte of each frame. STREAM carries {@link STREAM_FIN} and {@link STREAM_OPEN} in its low bits. */
export const FRAME = {
  PING: 0x01,
  PONG: 0x02,
  DATAGRAM: 0x03,
  MAX_DATA: 0x04,
  MAX_STREAMS: 0x05,
  WINDOW: 0x06,
  RESET: 0x07,
  STOP: 0x08,
  STREAM: 0x10,
} as const

/** Flag of a STREAM frame: nothing follows in this direction. */
export const STREAM_FIN = 0x01
/** Flag of a STREAM frame: this is the first of the stream and carries priority and name. */
export const STREAM_OPEN = 0x02
/** Mask of the flags of a STREAM frame. */
export const STREAM_FLAGS = 0x03

/** Bytes of a PING or PONG frame. */
export const PING_BYTES = 9
/** Bytes of a length that is written in the fixed form, so that it can be patched. */
export const LENGTH_BYTES = 2
/** The same for a frame that begins with more data than {@link LENGTH_BYTES} can tell. */
export const LONG_LENGTH_BYTES = 4

/** Whether an id names a lane. */
export function isLane(id: number): boolean {
  return id < LANES
}

/** Whether a stream id (not a lane) belongs to streams that the session's initiator opens. */
export function isInitiatorsStream(id: number): boolean {
  return id % 2 === 0
}

/** Bytes of {@link writeMuxLimits}'s output. */
export function muxLimitsSize(limits: MuxLimits): number {
  const { maxDataBytes, maxStreamBytes, maxStreams, maxDatagramBytes } = limits
  return varintSize(maxDataBytes) + varintSize(maxStreamBytes) + varintSize(maxStreams) + varintSize(maxDatagramBytes)
}

/** Writes limits for a handshake, as four varints in the order of the interface; returns the offset after them. */
export function writeMuxLimits(out: Uint8Array, at: number, limits: MuxLimits): number {
  at = writeVarint(out, at, limits.maxDataBytes)
  at = writeVarint(out, at, limits.maxStreamBytes)
  at = writeVarint(out, at, limits.maxStreams)
  return writeVarint(out, at, limits.maxDatagramBytes)
}

/** Reads what {@link writeMuxLimits} wrote; undefined where it is truncated. Check with `muxLimitsProblem` next. */
export function readMuxLimits(reader: VarintReader): MuxLimits | undefined {
  const maxDataBytes = reader.read()
  const maxStreamBytes = reader.read()
  const maxStreams = reader.read()
  const maxDatagramBytes = reader.read()
  if (maxDataBytes < 0 || maxStreamBytes < 0 || maxStreams < 0 || maxDatagramBytes < 0) return undefined
  return { maxDataBytes, maxStreamBytes, maxStreams, maxDatagramBytes }
}
