import type { PeerId } from '../../core/ids.js'
import type { MessageStatus, Priority, Qos } from '../../protocols/delivery/sink.js'
import type { ConnectionFacts, Failure } from '../engine/sink.js'
import type { EngineStream } from '../engine/stream.js'
import { errorOf } from '../host/failure.js'
import type { NodeSink } from '../host/host.js'
import type { Connecting } from './connecting.js'
import type { Events } from './emitter.js'
import type { Incoming } from './incoming.js'
import type { Outgoing } from './outgoing.js'
import type { Pings } from './pings.js'
import type { SentMessage } from './sent-message.js'
import type { Streams } from './streams.js'

/** Who hears what an engine tells. */
export interface NodeEars {
  readonly incoming: Incoming
  readonly outgoing: Outgoing
  readonly streams: Streams
  readonly connecting: Connecting
  readonly pings: Pings
}

/** Hands what the engine tells to the part of the node that it concerns. */
export class NodeDispatch implements NodeSink {
  /** Peers that are connected now. */
  readonly connected = new Set<PeerId>()
  /** Set right after the host was made, which needs this object first. */
  ears: NodeEars | undefined

  constructor(private readonly events: Events) {}

  onConnectResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void {
    this.ears?.connecting.onResult(token, peer, failure)
  }

  onPeerConnect(facts: ConnectionFacts): void {
    this.connected.add(facts.peer)
    this.events.emit({ ...facts, type: 'peer:connect' })
  }

  onIdentified(peer: PeerId, agent: string, addresses: readonly string[], observed: string): void {
    this.events.emit({ type: 'peer:identify', peer, agent, addresses, observed })
  }

  onPeerDisconnect(peer: PeerId, reason: Failure): void {
    this.connected.delete(peer)
    this.ears?.outgoing.onPeerGone(peer)
    this.ears?.pings.onGone(peer)
    this.ears?.streams.onAvailable(peer)
    this.events.emit({ type: 'peer:disconnect', peer, reason: errorOf(reason) })
  }

  onCarrierChange(peer: PeerId, address: string | undefined): void {
    this.events.emit({ type: 'peer:carrier', peer, address })
  }

  onStatus(_: PeerId, __: number, status: MessageStatus, failure: Failure | undefined, owner: unknown): void {
    this.ears?.outgoing.onStatus(owner as SentMessage, status, failure)
  }

  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array, priority: number, qos: number): void {
    this.ears?.incoming.onMessage(peer, token, name, body, priority as Priority, qos as Qos)
  }

  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array): void {
    this.ears?.incoming.onRequest(peer, token, name, body)
  }

  onCancelled(peer: PeerId, token: number): void {
    this.ears?.incoming.onCancelled(peer, token)
  }

  onResponse(peer: PeerId, token: number, body: Uint8Array): void {
    this.ears?.outgoing.onResponse(peer, token, body)
  }

  onFailure(peer: PeerId, token: number, failure: Failure): void {
    this.ears?.outgoing.onFailure(peer, token, failure)
  }

  onStream(peer: PeerId, stream: EngineStream): void {
    this.ears?.streams.onStream(peer, stream)
  }

  onPong(peer: PeerId, rttMs: number): void {
    this.ears?.pings.onPong(peer, rttMs)
  }

  onStreamsAvailable(peer: PeerId): void {
    this.ears?.streams.onAvailable(peer)
  }

  onDatagram(peer: PeerId, buffer: Uint8Array, from: number, to: number): void {
    this.events.emit({ type: 'datagram', peer, body: buffer.slice(from, to) })
  }

  onIncident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void {
    this.events.error(kind, errorOf(failure), peer, address)
  }
}
