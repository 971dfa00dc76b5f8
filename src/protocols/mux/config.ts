import { LIMITS } from '../../core/limits.js'

/** What one side of a session lets the other send. Both sides tell theirs in the handshake. */
export interface MuxLimits {
  /** Unconsumed bytes of all streams of the session together; the lanes are not counted. */
  readonly maxDataBytes: number
  /** Unconsumed bytes of each stream and each lane: the window. */
  readonly maxStreamBytes: number
  /** Streams the other side may have open at once. */
  readonly maxStreams: number
  /** Largest datagram body. 0 refuses datagrams. */
  readonly maxDatagramBytes: number
}

/** The limits of a node that configures none. */
export const DEFAULT_MUX_LIMITS: MuxLimits = {
  maxDataBytes: 8 * 1024 * 1024,
  maxStreamBytes: 1024 * 1024,
  maxStreams: 256,
  maxDatagramBytes: 8192,
}

/** Priorities a stream may have: 0 is the most urgent, 3 is bulk. */
export const PRIORITIES = 4

/** Ids below this are lanes: streams that both sides hold open from the start and never close. */
export const LANES = 8

/** Bytes a writer may send in one turn while others wait. */
export const TURN_BYTES = 16 * 1024

/** Of this many turns of a priority with lower ones waiting, one is given to the lower ones. */
export const TURNS_PER_YIELD = 8

/**
 * The first of the bounds below that limits break, as text; undefined where they are fine. A session asks this of the
 * limits a peer sends before it builds a mux from them.
 */
export function muxLimitsProblem(limits: MuxLimits): string | undefined {
  if (!within(limits.maxDataBytes, 1, Number.MAX_SAFE_INTEGER)) return 'maxDataBytes is out of range'
  if (!within(limits.maxStreamBytes, 1, Number.MAX_SAFE_INTEGER)) return 'maxStreamBytes is out of range'
  if (!within(limits.maxStreams, 0, Number.MAX_SAFE_INTEGER)) return 'maxStreams is out of range'
  if (!within(limits.maxDatagramBytes, 0, LIMITS.maxDatagramBytes)) return 'maxDatagramBytes is out of range'
  return undefined
}

function within(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most
}
