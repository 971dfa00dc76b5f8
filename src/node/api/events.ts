import type { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Priority, Qos } from '../../protocols/delivery/sink.js'
import type { ConnectionFacts } from '../engine/sink.js'

/** A peer that was not connected is, and has proved who it is. */
export interface PeerConnectEvent extends ConnectionFacts {
  readonly type: 'peer:connect'
}

/** The last session with a peer ended. A change of carrier is no end. */
export interface PeerDisconnectEvent {
  readonly type: 'peer:disconnect'
  readonly peer: PeerId
  /** Why; CLOSED for an orderly end. */
  readonly reason: HyphaeError
}

/** A peer told what it runs and where it can be reached. */
export interface PeerIdentifyEvent {
  readonly type: 'peer:identify'
  readonly peer: PeerId
  readonly agent: string
  readonly addresses: readonly string[]
  /** The address at which the peer sees us. */
  readonly observed: string
}

/** The carrier of a session was lost (`address` undefined) or replaced; the session lives on. */
export interface PeerCarrierEvent {
  readonly type: 'peer:carrier'
  readonly peer: PeerId
  readonly address: string | undefined
}

/** A one-way message, whether a handler took it or not. */
export interface MessageEvent {
  readonly type: 'message'
  readonly peer: PeerId
  readonly name: string
  readonly body: unknown
  readonly qos: Qos
  readonly priority: Priority
}

/** A datagram of a peer. */
export interface DatagramEvent {
  readonly type: 'datagram'
  readonly peer: PeerId
  readonly body: Uint8Array
}

/** Something worth telling a person that is nobody's error return: refused handshakes, failed handlers, alarms. */
export interface NodeErrorEvent {
  readonly type: 'error'
  /** What it is about: `handler`, `listener`, `certificate`, `store`, `bootstrap`, or a kind of the engine's. */
  readonly kind: string
  readonly error: HyphaeError
  readonly peer: PeerId | undefined
  readonly address: string | undefined
}

/** An iterator fell behind: this stands for the events it missed at this place. */
export interface EventsMissedEvent {
  readonly type: 'missed'
  readonly count: number
}

/** Everything a node tells. */
export type NodeEvent =
  | PeerConnectEvent
  | PeerDisconnectEvent
  | PeerIdentifyEvent
  | PeerCarrierEvent
  | MessageEvent
  | DatagramEvent
  | NodeErrorEvent

/** Name of an event. */
export type NodeEventType = NodeEvent['type']

/** Listeners by event, for `node.on`. */
export type NodeEventMap = { [T in NodeEventType]: (event: Extract<NodeEvent, { readonly type: T }>) => void }
