import { EMPTY } from '../../core/bytes.js'
import type { Compressor } from '../../ports/compressor.js'
import type { DeliveryConfig } from './config.js'
import { LIMITS } from '../../core/limits.js'
import { VarintReader } from '../../wire/varint.js'
import type { DeliverySink } from './sink.js'

/** Counters of one {@link Delivery}, for diagnostics. All only rise, but for `queued…` and `…Now`. */
export interface DeliveryStats {
  /** Messages and requests that are not final. */
  queuedMessages: number
  /** Bytes of their bodies. */
  queuedBytes: number
  /** One-way messages written for the first time. */
  sent: number
  /** One-way messages written again after a session was lost. */
  resent: number
  acknowledged: number
  failed: number
  /** One-way messages handed up. */
  received: number
  /** One-way messages dropped because they were handed up before. */
  duplicates: number
  /** Requests of ours that were answered, with a body or with a failure of the peer. */
  answered: number
  /** Requests of the peer handed up. */
  requests: number
  /** Requests of the peer at work here. */
  requestsNow: number
  /** Bytes of the bodies of the requests at work here. */
  requestBytesNow: number
  /** Requests of the peer refused because too many were at work. */
  refused: number
  violations: number
}

/** Bodies up to this size are put behind their header, so that the session sees one write. */
const COPIED_BODY_BYTES = 1024
/** Received bodies up to this size share arrays of at most {@link SLAB_BYTES}: an array each would cost more than all the rest. */
const SHARED_BODY_BYTES = 1024
const SLAB_BYTES = 4096
/** Frames up to this length are copied from views that are kept: 512 of them at most, a hundred bytes each. */
const MAX_FRAME_VIEW_BYTES = 512
/** START and SKIP may stand before the frame. */
const PREFIX_BYTES = 64

/**
 * Room in which frames are put together and taken apart. Nothing stays in it from one frame to the next, so that the
 * deliveries of a node share one.
 */
export class DeliveryWorkspace {
  /** Head and small body of the frame being written. */
  readonly scratch = new Uint8Array(PREFIX_BYTES + LIMITS.maxFrameHeaderBytes + COPIED_BODY_BYTES)
  /** Reads varints of frames; shared, because a frame's fields are read before anybody is called back. */
  readonly reader = new VarintReader()
  private readonly views: Uint8Array[] = []

  /** The scratch array up to `end`, as an array of that length where that is small: messages of few lengths need no new one. */
  frame(end: number): Uint8Array {
    if (end > MAX_FRAME_VIEW_BYTES) return this.scratch
    return (this.views[end] ??= this.scratch.subarray(0, end))
  }
}

/** What the parts of one {@link Delivery} share. */
export class DeliveryContext {
  readonly scratch: Uint8Array
  readonly copiedBodyBytes = COPIED_BODY_BYTES
  readonly reader: VarintReader
  /** Offset where the bytes end that are being read, so that a slab is made no larger than can be needed. */
  readEnd = 0
  private slab: Uint8Array = EMPTY
  private slabAt = 0
  /** monoMs of the call being served. */
  nowMs = 0
  /** Rises with every session begun or lost, so that a loop notices that its session is gone. */
  session = 0
  connected = false
  /** Whether the peer said hello in this session; bodies above the floor wait for it. */
  greeted = false
  /** Largest body the peer accepts, bytes; known once greeted. */
  peerMaxBytes: number = LIMITS.floorMessageBytes
  /** Whether the peer can decompress what our compressor makes. */
  peerCompresses = false
  /** Why nothing can be sent any more; undefined while it can. */
  closed: string | undefined
  /** The peer broke the protocol in this session. */
  broken = false
  /** Messages written since the last flush. */
  unflushed = 0
  readonly stats: DeliveryStats = {
    queuedMessages: 0,
    queuedBytes: 0,
    sent: 0,
    resent: 0,
    acknowledged: 0,
    failed: 0,
    received: 0,
    duplicates: 0,
    answered: 0,
    requests: 0,
    requestsNow: 0,
    requestBytesNow: 0,
    refused: 0,
    violations: 0,
  }

  constructor(
    readonly config: DeliveryConfig,
    readonly epoch: number,
    readonly sink: DeliverySink,
    readonly compressor: Compressor | undefined,
    readonly workspace: DeliveryWorkspace,
  ) {
    this.scratch = workspace.scratch
    this.reader = workspace.reader
  }

  /** Stops the session once and says why. Always false, for the callers' convenience. */
  violation(reason: string): false {
    if (this.broken || !this.connected) return false
    this.broken = true
    this.stats.violations++
    this.sink.onViolation(reason)
    return false
  }

  /** Counts a written message and asks for a flush when the batch is full. */
  written(): void {
    if (++this.unflushed >= this.config.maxBatchMessages) this.flush()
  }

  /** Asks for a flush. */
  flush(): void {
    this.unflushed = 0
    this.sink.flush()
  }

  /** Whether a body of so many bytes has to wait until the peer told its limit. */
  mustWait(bodyBytes: number): boolean {
    return !this.greeted && bodyBytes > LIMITS.floorMessageBytes
  }

  /** The compressed body, or undefined where it is to be sent as it is. */
  compressed(body: Uint8Array, wanted: boolean): Uint8Array | undefined {
    if (!wanted || !this.peerCompresses || this.compressor === undefined) return undefined
    if (body.length < this.config.compressionThresholdBytes) return undefined
    const smaller = this.compressor.compress(body)
    return smaller.length < body.length ? smaller : undefined
  }

  /**
   * The body in `buffer[from, to)`: a copy, or a view where the frame was assembled in an array of its own. Undefined
   * after a violation: too large, corrupt, or a bomb.
   */
  body(buffer: Uint8Array, from: number, to: number, owned: boolean, compressed: boolean): Uint8Array | undefined {
    const most = this.config.maxMessageBytes
    if (to - from > most) return this.refuseBody('message too large')
    if (!compressed) return owned ? buffer.subarray(from, to) : this.copy(buffer, from, to)
    if (this.compressor === undefined) return this.refuseBody('compressed message without agreement')
    const body = this.compressor.decompress(buffer.subarray(from, to), most)
    return body === undefined || body.length > most ? this.refuseBody('compressed message corrupt or too large') : body
  }

  /** Lets go of the received bytes and of what is left of the slab: an idle peer would keep them alive. */
  endRead(): void {
    this.reader.point(EMPTY, 0, 0)
    this.slab = EMPTY
    this.slabAt = 0
  }

  /** A copy of a body that has to be kept for a while. */
  hold(body: Uint8Array): Uint8Array {
    return body.length > SHARED_BODY_BYTES ? body.slice() : this.place(body, SLAB_BYTES)
  }

  private copy(buffer: Uint8Array, from: number, to: number): Uint8Array {
    if (to - from > SHARED_BODY_BYTES) return buffer.slice(from, to)
    return this.place(buffer.subarray(from, to), Math.min(SLAB_BYTES, this.readEnd - from))
  }

  private place(bytes: Uint8Array, slabBytes: number): Uint8Array {
    const { length } = bytes
    if (this.slabAt + length > this.slab.length) {
      this.slab = new Uint8Array(Math.max(length, slabBytes))
      this.slabAt = 0
    }
    const { slab, slabAt } = this
    slab.set(bytes, slabAt)
    this.slabAt = slabAt + length
    return new Uint8Array(slab.buffer, slabAt, length)
  }

  private refuseBody(reason: string): undefined {
    this.violation(reason)
    return undefined
  }
}
