import type { PeerId } from '../../core/ids.js'
import type { Failure } from '../../node/engine/sink.js'
import type { MessageStatus, Priority, Qos } from '../../protocols/delivery/sink.js'

/** What became of a one-way message. Read it when the simulation stands still. */
export interface SendRecord {
  readonly peer: PeerId
  readonly name: string
  readonly qos: Qos
  /** Where it is now. */
  status: MessageStatus | 'new'
  /** Every status it had, in order. */
  readonly history: MessageStatus[]
  /** Why it failed. */
  failure: Failure | undefined
  readonly sentAtMs: number
  /** When its status became final, virtual ms. */
  doneAtMs: number | undefined
}

/** What became of a request. */
export interface RequestRecord {
  readonly peer: PeerId
  readonly name: string
  /** For {@link SimNode.cancel}. */
  readonly token: number
  done: boolean
  /** The answer. */
  body: Uint8Array | undefined
  /** Why there is none. */
  failure: Failure | undefined
  readonly sentAtMs: number
  doneAtMs: number | undefined
}

/** What became of an attempt to connect. */
export interface ConnectRecord {
  done: boolean
  peer: PeerId | undefined
  failure: Failure | undefined
  doneAtMs: number | undefined
}

/** A one-way message as it arrived. */
export interface ReceivedMessage {
  readonly from: PeerId
  readonly name: string
  readonly body: Uint8Array
  readonly priority: number
  readonly qos: number
  readonly atMs: number
}

/** A request to be answered, now or later, once. */
export interface SimRequest {
  readonly from: PeerId
  readonly name: string
  readonly body: Uint8Array
  readonly timeoutMs: number
  /** The asking side gave up. */
  cancelled: boolean
  /** Answers. */
  respond(body: Uint8Array): void
  /** Answers with a failure. */
  refuse(failure: Pick<Failure, 'code' | 'text'>): void
}

/**
 * Handles one-way messages of a name. Answers how long the work takes in virtual ms (at once when undefined), or that it
 * failed.
 */
export type MessageHandler = (message: ReceivedMessage) => number | undefined | Pick<Failure, 'code' | 'text'>

/** Answers requests of a name, by the returned body or later through the request. */
export type RequestHandler = (request: SimRequest) => Uint8Array | undefined

/** Options of {@link SimNode.send}. */
export interface SimSendOptions {
  /** Default 1. */
  readonly qos?: Qos
  /** Default 1. */
  readonly priority?: Priority
  /** Default: none. */
  readonly lifetimeMs?: number
}

/** Options of {@link SimNode.request}. */
export interface SimRequestOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number
  /** Default 1. */
  readonly priority?: Priority
}
