import type { ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { Delivery } from '../../protocols/delivery/machine.js'
import type { DeliverySink, MessageStatus, Priority, Qos } from '../../protocols/delivery/sink.js'
import { EARLY_ANSWER } from './early-answers.js'
import type { ConnectionState, Core, PeerState } from './core.js'
import { failure } from './failures.js'
import type { Identify } from './identify.js'
import { randomNumber } from './random-number.js'

/** Names under this prefix are the node's own and never reach handlers. */
export const RESERVED_PREFIX = 'hyphae/'

/** The owner of the node's own messages. */
const OWN = Symbol('own')
const NOTHING: HeldMessage[] = []

interface HeldMessage {
  readonly token: number
  readonly name: string
  readonly body: Uint8Array
  readonly priority: Priority
  readonly qos: Qos
}

/** One remote peer: its messages, which outlive sessions, and the session there is now. */
export class Peer implements DeliverySink, PeerState {
  readonly delivery: Delivery
  connection: ConnectionState | undefined
  /** Whether it is dialled again whenever it is lost. */
  kept = false
  parked = false
  waitsSinceMs: number | undefined
  /** Last time something genuine came, wallMs. */
  lastSeenMs = 0
  /** What the peer says of itself. */
  agent = ''
  /** Messages of the node's own that are not final; nobody else hears of their statuses. */
  private own = 0
  /** Messages over the rate, at most one a lane. */
  private held: HeldMessage[] = NOTHING
  private heldUntil = 0
  stale = false

  constructor(
    private readonly core: Core,
    readonly id: PeerId,
    private readonly identify: Identify,
    inbox: Uint8Array | undefined,
  ) {
    this.delivery = new Delivery({
      config: core.config.delivery,
      // Of its own: a peer that was forgotten and is known again begins its numbers anew.
      epoch: randomNumber(core.random),
      inbox,
      compressor: core.compressor,
      workspace: core.workspace,
      sink: this,
    })
  }

  /** Whether there is a session that carries messages. */
  get connected(): boolean {
    return this.connection !== undefined
  }

  /** Whether work for this peer waits for a session. */
  get hasWork(): boolean {
    // What the node says of itself is worth no dial.
    return this.delivery.stats.queuedMessages > this.own || this.core.early.waits(this.id)
  }

  get busy(): boolean {
    const { queuedMessages, requestsNow } = this.delivery.stats
    return queuedMessages > 0 || requestsNow > 0 || this.core.early.isAnswering(this.id)
  }

  /** Makes a session the peer's; the messages of the former one, if there was one, wait for {@link Peer.begin}. */
  take(connection: ConnectionState): void {
    this.connection = connection
    this.parked = false
    this.waitsSinceMs = undefined
    this.delivery.disconnected(this.core.time)
  }

  /** Gives the messages the session. */
  begin(): void {
    this.delivery.connected(this.core.time)
    this.identify.introduce(this)
  }

  /** The session is gone. */
  unbind(): void {
    this.connection = undefined
    this.delivery.disconnected(this.core.time)
  }

  /** Bytes of a lane; false when they come from a session that is no longer the peer's. */
  onLaneData(connection: ConnectionState, lane: number, buffer: Uint8Array, from: number, to: number): boolean {
    if (connection !== this.connection) return false
    this.delivery.receive(lane, buffer, from, to, this.core.time)
    return true
  }

  /** A lane has room. */
  onLaneWritable(connection: ConnectionState, lane: number): void {
    if (connection === this.connection) this.delivery.writable(lane, this.core.time)
  }

  sendOwn(name: string, body: Uint8Array, priority: Priority, lifetimeMs: number): boolean {
    this.own++
    try {
      this.delivery.send(name, body, { qos: 1, priority, lifetimeMs }, this.core.time, OWN)
      return true
    } catch {
      // The queue is full of the user's messages: theirs go first.
      this.own--
      return false
    }
  }

  // What the messages ask for.

  write(lane: number, buffer: Uint8Array, from: number, to: number): number {
    const { connection } = this
    if (connection === undefined) return 0
    connection.lastActivityMs = this.core.time.monoMs
    connection.lastSentMs = connection.lastActivityMs
    return connection.mux.write(lane, buffer, from, to)
  }

  consume(lane: number, bytes: number): void {
    this.connection?.mux.consume(lane, bytes)
  }

  flush(): void {
    this.connection?.session.flush(this.core.time)
  }

  onStatus(token: number, status: MessageStatus, code?: ErrorCode, text?: string, owner?: unknown): void {
    if (owner === OWN) return this.ownStatus(status)
    this.core.sink.onStatus(this.id, token, status, code === undefined ? undefined : failure(code, text), owner)
  }

  onMessage(token: number, name: string, body: Uint8Array, priority: Priority, qos: Qos): void {
    const waitMs = this.core.peers.waitMs(this.id, body.length)
    // A message over the rate stays where it is: its lane hands up no other until it is handled, so the peer is held
    // back by its own window and nothing is lost.
    if (waitMs > 0) this.hold({ token, name, body, priority, qos }, waitMs)
    else this.deliver(token, name, body, priority, qos)
  }

  /** When messages over the rate may go on, monoMs. */
  get heldUntilMs(): number | undefined {
    return this.held.length === 0 ? undefined : this.heldUntil
  }

  /** Hands up what was held back, as far as the rate allows. */
  releaseHeld(): void {
    const { held } = this
    this.held = NOTHING
    for (const { token, name, body, priority, qos } of held) {
      this.onMessage(token, name, body, priority, qos)
    }
  }

  private hold(message: HeldMessage, waitMs: number): void {
    if (this.held === NOTHING) this.held = [message]
    else this.held.push(message)
    this.heldUntil = this.core.time.monoMs + waitMs
    this.core.peers.touched(this)
  }

  private deliver(token: number, name: string, body: Uint8Array, priority: Priority, qos: Qos): void {
    if (!name.startsWith(RESERVED_PREFIX)) return this.core.sink.onMessage(this.id, token, name, body, priority, qos)
    if (name === EARLY_ANSWER) this.core.early.answered(this.id, body)
    else this.identify.receive(this, name, body)
    this.delivery.handled(token, this.core.time)
  }

  onRequest(token: number, name: string, body: Uint8Array, timeoutMs: number): void {
    if (this.core.closing) return this.delivery.refuse(token, 'CLOSED', 'the node is closing', this.core.time)
    const waitMs = this.core.peers.waitMs(this.id, body.length)
    if (waitMs > 0) {
      const text = `too many requests: try again in ${Math.ceil(waitMs)} ms`
      return this.delivery.refuse(token, 'RATE_LIMITED', text, this.core.time)
    }
    this.core.sink.onRequest(this.id, token, name, body, timeoutMs)
  }

  onCancelled(token: number): void {
    this.core.sink.onCancelled(this.id, token)
  }

  onResponse(token: number, body: Uint8Array): void {
    this.core.sink.onResponse(this.id, this.core.early.tokenOf(this.id, token), body)
  }

  onFailure(token: number, code: ErrorCode, text: string): void {
    this.core.sink.onFailure(this.id, this.core.early.tokenOf(this.id, token), failure(code, text))
  }

  saveInbox(state: Uint8Array): void {
    this.core.sink.saveInbox(this.id, state)
  }

  onViolation(reason: string): void {
    this.connection?.session.close('PROTOCOL_VIOLATION', reason)
  }

  private ownStatus(status: MessageStatus): void {
    if (status === 'acknowledged' || status === 'failed') this.own--
  }
}
