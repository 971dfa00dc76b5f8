import type { TurnQueue } from './turns.js'

/** How far the sending half of a stream is. */
export const SENDING = 0
/** The owner ended it; the FIN is not yet in a record. */
export const ENDING = 1
/** It is given up; the RESET is not yet in a record. */
export const RESETTING = 2
/** FIN or RESET is in a record. */
export const SENT = 3

/** How far the receiving half of a stream is. */
export const RECEIVING = 0
/** The owner wants no more: what still arrives is dropped. */
export const STOPPED = 1
/** FIN or RESET arrived. */
export const RECEIVED = 2

/** Control frames of a stream that wait for room, one bit each, so that their number is bounded. */
export const WANT_OPEN = 1
export const WANT_WINDOW = 2
export const WANT_STOP = 4
export const WANT_FIN = 8
export const WANT_RESET = 16

/** Everything the mux keeps of one stream or lane; no bytes of it, those go straight through. */
export class MuxStream {
  sending = SENDING
  /** Bytes sent so far. */
  sentBytes = 0
  /** Its write took less than asked because the window is full: the next WINDOW gives it a turn. */
  windowBlocked = false
  resetCode = 0

  receiving = RECEIVING
  receivedBytes = 0
  /** Bytes the owner took, or that were dropped. */
  consumedBytes = 0
  stopCode = 0

  /** `WANT_*` bits. */
  wants = 0
  /** Whether it is in the list of streams with `wants`. */
  listed = false

  /** The queue it waits in for a turn, with its neighbours there. */
  queue: TurnQueue<MuxStream> | undefined = undefined
  previous: MuxStream | undefined = undefined
  next: MuxStream | undefined = undefined

  constructor(
    readonly id: number,
    /** 0 urgent … 3 bulk. */
    public priority: number,
    /** Name to open it with; empty for lanes and for streams of the peer. */
    readonly name: string,
    /** Total of bytes the peer lets us send. */
    public sendLimit: number,
    /** Total of bytes we told the peer it may send. */
    public receiveLimit: number,
  ) {}
}
