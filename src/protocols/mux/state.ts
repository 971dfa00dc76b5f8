import { LANES, type MuxLimits, PRIORITIES } from './config.js'
import { isInitiatorsStream, isLane } from './messages.js'
import { MuxStream, WANT_OPEN } from './stream.js'

/** The streams of a session and its totals: what sending and receiving share. */
export class MuxState {
  /** Closed by the owner or after a violation: everything is a no-op from then on. */
  closed = false

  /** Streams we opened so far, and may open as the peer told. */
  opened = 0
  openLimit: number
  /** Streams the peer opened, and may open as we told, and those of them that ended. */
  peerOpened = 0
  peerOpenLimit: number
  peerClosed = 0

  /** Bytes of streams (not lanes): sent, allowed by the peer. */
  sentBytes = 0
  sendLimit: number
  /** Bytes of streams (not lanes): received, taken by their owners, allowed by us. */
  receivedBytes = 0
  consumedBytes = 0
  receiveLimit: number

  private readonly lanes = new Array<MuxStream | undefined>(LANES).fill(undefined)
  /** Made with the first stream: sessions that carry messages only need none. */
  private streams: Map<number, MuxStream> | undefined
  private nextOwn: number
  private nextPeers: number

  constructor(
    private readonly initiator: boolean,
    readonly local: MuxLimits,
    readonly remote: MuxLimits,
  ) {
    this.nextOwn = initiator ? LANES : LANES + 1
    this.nextPeers = initiator ? LANES + 1 : LANES
    this.openLimit = remote.maxStreams
    this.peerOpenLimit = local.maxStreams
    this.sendLimit = remote.maxDataBytes
    this.receiveLimit = local.maxDataBytes
  }

  /** A lane, or a stream that is not forgotten. */
  find(id: number): MuxStream | undefined {
    return isLane(id) ? this.lane(id) : this.streams?.get(id)
  }

  /** Whether the peer may name a stream of this id at all. */
  isKnownToPeer(id: number): boolean {
    if (isLane(id)) return true
    const own = isInitiatorsStream(id) === this.initiator
    if (!own) return id < this.nextPeers
    const stream = this.streams?.get(id)
    return id < this.nextOwn && (stream === undefined || (stream.wants & WANT_OPEN) === 0)
  }

  /** The id that the peer's next stream must have. */
  get nextPeersId(): number {
    return this.nextPeers
  }

  /** Registers a stream of ours; the caller has checked the limit. */
  openOwn(name: string, priority: number): MuxStream {
    const stream = this.create(this.nextOwn, priority, name)
    this.nextOwn += 2
    this.opened++
    return this.add(stream)
  }

  /** Registers the peer's next stream; the caller has checked id and limit. */
  openPeers(priority: number): MuxStream {
    const stream = this.create(this.nextPeers, priority, '')
    this.nextPeers += 2
    this.peerOpened++
    return this.add(stream)
  }

  /** Forgets a stream that is done. */
  forget(stream: MuxStream): void {
    this.streams?.delete(stream.id)
    if (isInitiatorsStream(stream.id) !== this.initiator) this.peerClosed++
  }

  /** Bytes of streams that the peer's session window still takes. */
  get sendCredit(): number {
    return this.sendLimit - this.sentBytes
  }

  /** Streams open now. */
  get count(): number {
    return this.streams?.size ?? 0
  }

  /** Bytes handed up and not consumed, lanes included. */
  unconsumedBytes(): number {
    let bytes = this.receivedBytes - this.consumedBytes
    for (const lane of this.lanes) if (lane !== undefined) bytes += lane.receivedBytes - lane.consumedBytes
    return bytes
  }

  /** Drops everything. */
  close(): void {
    this.closed = true
    this.streams = undefined
    this.lanes.fill(undefined)
  }

  private lane(id: number): MuxStream | undefined {
    const lane = this.lanes[id]
    if (lane !== undefined || this.closed || !(id >= 0)) return lane
    return (this.lanes[id] = this.create(id, id % PRIORITIES, ''))
  }

  private add(stream: MuxStream): MuxStream {
    this.streams ??= new Map()
    this.streams.set(stream.id, stream)
    return stream
  }

  private create(id: number, priority: number, name: string): MuxStream {
    return new MuxStream(id, priority, name, this.remote.maxStreamBytes, this.local.maxStreamBytes)
  }
}
