import { EMPTY } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Established, RemoteCertificate } from '../../protocols/handshake/context.js'
import { Mux } from '../../protocols/mux/machine.js'
import type { MuxSink } from '../../protocols/mux/sink.js'
import { Session } from '../../protocols/session/machine.js'
import type { SessionSink, SessionTicket } from '../../protocols/session/sink.js'
import type { ConnectionState, Core, Link, PeerState } from './core.js'
import { muxLimitsOf } from './offer.js'
import { EngineStream } from './stream.js'

/** First id of a stream; below are the lanes of messages. */
const FIRST_STREAM = 8

/** One session with its multiplexer: glues both to a carrier below and to a peer above. */
export class Connection implements ConnectionState, SessionSink, MuxSink {
  established: Established
  readonly session: Session
  readonly mux: Mux
  /** Set once the peer is authenticated. */
  peer: PeerState | undefined
  /** The carrier in use; undefined while the session waits for another. */
  link: Link | undefined
  /** Address of the last carrier, to come back to. */
  address: string
  readonly openedMs: number
  lastActivityMs: number
  lastSentMs: number
  rttMs: number | undefined
  pingSentMs: number | undefined
  bytesIn = 0
  bytesOut = 0
  /** Set while a flush is already asked for. */
  dirty = false
  /** Whether the peer proved who it is: at a responder its certificate and a first record. */
  proven = false
  certificate: RemoteCertificate | undefined
  announced = false
  introductions = 0
  /** Attach ids registered for this session. */
  attachIds: string[] = []
  /** Made with the first stream. */
  private streams: Map<number, EngineStream> | undefined

  constructor(
    private readonly core: Core,
    result: Established,
    link: Link,
  ) {
    this.established = result
    const established = result
    this.link = link
    this.address = link.info?.remote ?? ''
    this.openedMs = core.time.monoMs
    this.lastActivityMs = this.openedMs
    this.lastSentMs = this.openedMs
    const { kernels, kem, random, pool, config, sessionConfig, time } = core
    const { side, secrets, index, remote } = established
    this.session = new Session({
      side,
      index,
      secrets,
      kernels,
      kem,
      random,
      pool,
      sink: this,
      time,
      config: sessionConfig,
    })
    this.mux = new Mux({
      initiator: side === 'initiator',
      local: config.mux,
      remote: muxLimitsOf(remote),
      records: this.session.records,
      sink: this,
    })
  }

  /** Streams open now. */
  get streamCount(): number {
    return this.streams?.size ?? 0
  }

  forgetProof(): void {
    this.established = { ...this.established, staticKey: EMPTY, early: EMPTY }
  }

  /** Opens a stream; undefined where the peer allows no more now. */
  openStream(peer: PeerId, name: string, priority: number): EngineStream | undefined {
    const id = this.mux.open(name, priority)
    if (id < 0) return undefined
    const stream = new EngineStream(this.mux, peer, id, name, priority)
    this.add(id, stream)
    return stream
  }

  /** Bytes from the carrier. */
  receive(buffer: Uint8Array, from: number, to: number): void {
    this.bytesIn += to - from
    if (this.peer !== undefined) this.core.peers.touched(this.peer)
    this.session.receive(buffer, from, to, this.core.time)
  }

  /** Notes that the connection is in use. */
  touch(): void {
    this.lastActivityMs = this.core.time.monoMs
  }

  // What the session asks for.

  write(buffer: Uint8Array, from: number, to: number): boolean {
    const { link } = this
    if (link === undefined) return false
    this.bytesOut += to - from
    return this.core.sink.write(link.number, buffer, from, to)
  }

  wantFlush(): void {
    if (this.peer !== undefined) this.core.peers.touched(this.peer)
    this.core.wantFlush(this)
  }

  onConfirmed(): void {
    this.core.handshakes.confirmed(this)
  }

  onChain(chain: Uint8Array): boolean {
    return this.core.handshakes.introduced(this, chain)
  }

  onTicket(ticket: SessionTicket): void {
    this.core.tickets.keep(this, ticket)
  }

  onQuiet(): void {
    if (this.peer?.connection === this) this.peer.delivery.rest()
  }

  onRoom(): void {
    this.mux.resume()
  }

  onFrames(buffer: Uint8Array, from: number, to: number): void {
    this.mux.receive(buffer, from, to)
  }

  onCarrierFault(reason: string): void {
    const { link, peer } = this
    if (link === undefined) return
    this.core.incident('carrier', peer?.id, link.info?.remote, { code: 'PROTOCOL_VIOLATION', text: reason })
    this.core.links.drop(link, reason)
  }

  onAttachIds(): void {
    this.core.attaching.register(this)
  }

  onEnded(code: ErrorCode, reason: string, remote: boolean): void {
    this.mux.close()
    const streams = this.streams?.values() ?? []
    this.streams = undefined
    this.core.links.sessionClosed(this, code, reason, remote)
    for (const stream of streams) stream.events?.onClosed(true)
  }

  // What the multiplexer brings; lanes are the peer's messages.

  onStream(id: number, name: string, priority: number): void {
    const { peer } = this
    if (peer === undefined || this.core.closing) {
      this.mux.reset(id, 0)
      return this.mux.stop(id, 0)
    }
    const stream = new EngineStream(this.mux, peer.id, id, name, priority)
    this.add(id, stream)
    this.core.sink.onStream(peer.id, stream)
  }

  onData(id: number, buffer: Uint8Array, from: number, to: number): void {
    this.touch()
    if (id < FIRST_STREAM) {
      if (this.peer === undefined || !this.peer.onLaneData(this, id, buffer, from, to)) this.mux.consume(id, to - from)
      return
    }
    const events = this.streams?.get(id)?.events
    if (events === undefined) this.mux.consume(id, to - from)
    else events.onData(buffer, from, to)
  }

  onEnd(id: number): void {
    this.streams?.get(id)?.events?.onEnd()
  }

  onReset(id: number, code: number): void {
    this.streams?.get(id)?.events?.onReset(code)
  }

  onStop(id: number, code: number): void {
    this.streams?.get(id)?.events?.onStop(code)
  }

  onWritable(id: number): void {
    if (id < FIRST_STREAM) this.peer?.onLaneWritable(this, id)
    else this.streams?.get(id)?.events?.onWritable()
  }

  onClosed(id: number): void {
    const stream = this.streams?.get(id)
    this.streams?.delete(id)
    stream?.events?.onClosed(false)
  }

  onStreamsAvailable(): void {
    if (this.peer !== undefined) this.core.sink.onStreamsAvailable(this.peer.id)
  }

  onDatagram(buffer: Uint8Array, from: number, to: number): void {
    this.touch()
    if (this.peer !== undefined) this.core.sink.onDatagram(this.peer.id, buffer, from, to)
  }

  onPong(payload: number): void {
    this.core.health.pong(this, payload)
  }

  onViolation(reason: string): void {
    this.session.close('PROTOCOL_VIOLATION', reason)
  }

  private add(id: number, stream: EngineStream): void {
    this.streams ??= new Map()
    this.streams.set(id, stream)
    this.touch()
  }
}
