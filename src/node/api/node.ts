import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Explanation } from '../../protocols/dial/history.js'
import type { Carrier, TransportPorts } from '../../ports/transport.js'
import type { Diagnostics, PeerSnapshot } from '../engine/snapshot.js'
import { bare, type ConnectOptions } from './connecting.js'
import { broadcast, type BroadcastResult } from './broadcast.js'
import type { EventIterator } from './event-queue.js'
import type { NodeEventMap, NodeEventType } from './events.js'
import type { Handler } from './incoming.js'
import type { NodeParts } from './node-parts.js'
import type { NodeStream } from './node-stream.js'
import { checkPeer, type RequestOptions, type SendOptions } from './outgoing.js'
import type { SentMessage } from './sent-message.js'
import { type Service, serve } from './service.js'
import type { OpenOptions, StreamHandler } from './streams.js'

/** Options of {@link HyphaeNode.close}. */
export interface CloseOptions {
  /** Time for messages, requests and streams under way to end, ms. Default 5,000; 0 ends them at once. */
  readonly timeoutMs?: number | undefined
}

/** What {@link HyphaeNode.diagnostics} tells. */
export interface NodeDiagnostics extends Diagnostics {
  /** Name of the runtime the node was built for. */
  readonly runtime: string
  /** Root signatures of peers verified so far. */
  readonly verifications: number
  /** Where the node listens. */
  readonly listening: readonly string[]
}

/**
 * A member of a mesh. Made by `createNode`.
 *
 * @example
 * ```ts
 * const node = await createNode({ listen: ['ws://127.0.0.1:0'] })
 * node.handle('echo', body => body)
 * const peer = await node.connect('ws://127.0.0.1:4001')
 * const answer = await node.request(peer, 'echo', { hello: 'world' }, { timeoutMs: 1000 })
 * await node.close()
 * ```
 */
export class HyphaeNode {
  /** The node's own id: what others call it by, and what they verify it against. */
  readonly id: PeerId
  readonly #parts: NodeParts
  #closing: Promise<void> | undefined

  /** Nodes are made by `createNode`. @internal */
  constructor(parts: NodeParts) {
    this.#parts = parts
    this.id = parts.keeper.identity.id
    const { asyncDispose } = Symbol as { readonly asyncDispose?: symbol }
    // Runtimes without the symbol cannot write `await using` either.
    if (asyncDispose !== undefined) Object.defineProperty(this, asyncDispose, { value: () => this.close() })
  }

  /** Addresses the node listens at, with the ports that were bound. */
  get addresses(): readonly string[] {
    return this.#parts.host.listeners.addresses
  }

  /** Twelve groups of five digits for people to compare. */
  get fingerprint(): string {
    return this.#parts.keeper.identity.fingerprint
  }

  /**
   * Takes requests and messages of one name.
   *
   * @returns takes the handler away again
   * @throws HyphaeError INVALID_ARGUMENT where the name has a handler already
   */
  handle(name: string, handler: Handler): () => void {
    return this.#parts.incoming.handle(name, handler)
  }

  /** Takes streams of one name. @returns takes the handler away again */
  handleStream(name: string, handler: StreamHandler): () => void {
    return this.#parts.streams.handle(name, handler)
  }

  /** Serves the methods of a service. @returns takes all of them away again */
  serve(service: Service): () => void {
    return serve(service, (name, handler) => this.handle(name, handler))
  }

  /**
   * Asks a peer. A peer that is not connected is dialled, if an address of it is known.
   *
   * @param peer - its peer id
   * @param body - anything msgpack can hold; `undefined` for nothing
   * @throws HyphaeError TIMEOUT, ABORTED, NO_HANDLER, HANDLER_FAILED or the handler's own, SESSION_LOST, NO_ADDRESS,
   * MESSAGE_TOO_LARGE, QUEUE_FULL, RATE_LIMITED, INVALID_ARGUMENT, CLOSED
   */
  request(peer: string, name: string, body?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#parts.outgoing.request(peer, name, body, options)
  }

  /**
   * Sends a one-way message. Statuses come from the answer: `message.status`, `await message`, `for await (… of message)`.
   * A peer that is not connected is dialled; the message waits for it, as long as its `lifetimeMs` says.
   *
   * @throws HyphaeError MESSAGE_TOO_LARGE, QUEUE_FULL (retryable), INVALID_ARGUMENT, CLOSED: nothing was taken then
   */
  send(peer: string, name: string, body?: unknown, options?: SendOptions): SentMessage {
    return this.#parts.outgoing.send(peer, name, body, options)
  }

  /** Sends a message to every connected peer. Never rejects for a peer: the result says how each fared. */
  broadcast(name: string, body?: unknown, options?: SendOptions): Promise<BroadcastResult> {
    return broadcast(this.#parts, name, body, options)
  }

  /**
   * Opens a stream, connecting first where needed. Waits while the peer's limit of streams allows no more.
   *
   * @throws HyphaeError STREAM_LIMIT where the peer allowed none in time, or as {@link HyphaeNode.connect}
   */
  async open(peer: string, name: string, options: OpenOptions = {}): Promise<NodeStream> {
    checkPeer(peer)
    const { signal, priority = 1, timeoutMs } = options
    if (!this.#isConnected(peer)) await this.connect(peer, { signal, timeoutMs })
    return this.#parts.streams.open(peer, name, priority, { signal, timeoutMs })
  }

  /**
   * Connects to a peer id whose address is known, or to an address (`ws://host:port`, `tcp://host:port#peerId`).
   *
   * @returns who is there, authenticated
   * @throws HyphaeError TIMEOUT, ABORTED, DIAL_FAILED, HANDSHAKE_FAILED, IDENTITY_MISMATCH, NO_ADDRESS, PEER_DENIED,
   * CERTIFICATE_*, INVALID_ARGUMENT, UNSUPPORTED_RUNTIME, CLOSED
   */
  connect(target: string, options?: ConnectOptions): Promise<PeerId> {
    return this.#parts.connecting.connect(target, options)
  }

  /**
   * Takes a connection in that the runtime accepted itself, as edge workers do.
   *
   * @param make - makes the carrier
   * @example
   * ```ts
   * node.accept(ports => acceptWebSocket(server, ports, clientAddress))
   * ```
   */
  accept(make: (ports: TransportPorts) => Carrier): void {
    this.#parts.host.accept(make(this.#parts.transportPorts))
  }

  /**
   * Sends bytes to a connected peer now or never: nothing is queued, acknowledged or repeated. The peer hears a
   * `datagram` event.
   *
   * @param bytes - at most what the peer's `maxDatagramBytes` allows, 8,192 by default
   * @returns false where there is no session, no room at the moment, or the peer takes none of this size
   */
  datagram(peer: string, bytes: Uint8Array): boolean {
    checkPeer(peer)
    return this.#parts.host.use((engine, time) => engine.datagram(peer, bytes, 0, bytes.length, time))
  }

  /** Ends the connection to a peer and no longer returns to it. Nothing happens where there is none. */
  disconnect(peer: string): void {
    checkPeer(peer)
    const { host } = this.#parts
    host.run(time => host.engine.disconnect(peer, { code: 'CLOSED', text: 'disconnected by its owner' }, time))
  }

  /** Moves the session with a peer to another address of it, without interrupting it. Only the side that dialled can. */
  migrate(peer: string, address: string, options?: ConnectOptions): Promise<void> {
    return this.#parts.connecting.migrate(peer, address, options)
  }

  /** Whether to return to a peer whenever it is lost. */
  keep(peer: string, on = true): void {
    checkPeer(peer)
    const { host } = this.#parts
    host.run(() => host.engine.keep(peer, on))
  }

  /** Adds an address to what is known of a peer. @throws HyphaeError INVALID_ARGUMENT */
  addAddress(peer: string, address: string): void {
    checkPeer(peer)
    const wanted = bare(address)
    const { host } = this.#parts
    host.run(() => host.engine.addAddress(peer, wanted))
  }

  /** Peers known, connected or not. */
  peers(): PeerSnapshot[] {
    const { host } = this.#parts
    host.engine.enter(host.now())
    return host.engine.peers()
  }

  /** Why a peer is reachable or not: the step that failed, its code, what to do. */
  explain(peer: string): Explanation {
    checkPeer(peer)
    return this.#parts.host.use((engine, time) => engine.explain(peer, time))
  }

  /** Round-trip time to a connected peer, ms. @throws HyphaeError PEER_UNREACHABLE, TIMEOUT, ABORTED */
  ping(peer: string, options?: ConnectOptions): Promise<number> {
    return this.#parts.pings.ping(peer, options)
  }

  /**
   * Refuses a peer id, address or subnet for a time and ends what it has.
   *
   * @param subject - a peer id, an IP address, or `address/bits`
   */
  ban(subject: string, forMs: number): void {
    if (!(forMs > 0))
      throw new HyphaeError('INVALID_ARGUMENT', `forMs is ${String(forMs)}: a positive number is needed`)
    const { host } = this.#parts
    host.run(time => host.engine.ban(subject, forMs, time))
  }

  /** Ends a ban; false where there was none. */
  unban(subject: string): boolean {
    return this.#parts.host.engine.unban(subject)
  }

  /**
   * Replaces the root key of the identity by the pre-committed one, keeps it, and issues a certificate under it. The peer
   * id stays; sessions go on.
   *
   * @throws HyphaeError ROTATION_INVALID, STORE_FAILED
   */
  async rotateIdentity(): Promise<void> {
    await this.#parts.keeper.rotate()
    await this.#parts.renewal.renew()
  }

  /**
   * Voids every operating certificate issued so far, because a machine or its memory was stolen, and issues a new one.
   * Whoever takes the record in ({@link HyphaeNode.learn}) refuses the old ones from then on.
   *
   * @returns what peers need to learn of it, to be spread by any way: it is signed
   */
  async revokeCertificates(): Promise<{ readonly record: Uint8Array; readonly chain: Uint8Array }> {
    const { keeper, renewal, host } = this.#parts
    const { identity } = keeper
    const wallMs = Math.floor(host.now().wallMs)
    const record = await identity.revoke({ throughSeq: identity.lastSeq, wallMs })
    await renewal.renew()
    return { record, chain: identity.rootChain }
  }

  /**
   * Takes in what a peer's owner published about its keys: a root chain, which tells of a rotation, or with a record a
   * revocation. Sessions that a voided certificate began end with CERTIFICATE_REVOKED.
   *
   * @param chain - the root chain of the peer
   * @param record - a revocation signed by its root
   * @returns whose it is
   * @throws HyphaeError SIGNATURE_INVALID, ROTATION_INVALID, CERTIFICATE_REVOKED, MALFORMED; nothing changed then
   */
  learn(chain: Uint8Array, record?: Uint8Array): PeerId {
    const { certificates, host } = this.#parts
    const outcome = certificates.learn(chain, record)
    if (!outcome.ok) {
      throw new HyphaeError(outcome.code, `what was published about a key is refused: ${outcome.reason}`)
    }
    host.run(time => void host.engine.recheck(outcome.peerId, time))
    return outcome.peerId
  }

  /** Counters and choices, for people and monitoring. */
  diagnostics(): NodeDiagnostics {
    const { host, runtime, certificates } = this.#parts
    const { verifications } = certificates.verifier
    return { ...host.engine.diagnostics(), runtime, verifications, listening: this.addresses }
  }

  /**
   * Everything the node tells, from now on. The queue of an iteration is bounded (`maxQueuedEvents`); past it the oldest
   * events make room and a `missed` event says how many.
   */
  events(): EventIterator {
    return this.#parts.events.iterate()
  }

  /** Calls a listener for each event of a type. A listener that throws is told as an `error` event of kind `listener`. */
  on<T extends NodeEventType>(type: T, listener: NodeEventMap[T]): this {
    this.#parts.events.emitter.on(type, listener as never)
    return this
  }

  /** As {@link HyphaeNode.on}, for the next event only. */
  once<T extends NodeEventType>(type: T, listener: NodeEventMap[T]): this {
    this.#parts.events.emitter.once(type, listener as never)
    return this
  }

  /** Takes a listener away again. */
  off<T extends NodeEventType>(type: T, listener: NodeEventMap[T]): this {
    this.#parts.events.emitter.off(type, listener as never)
    return this
  }

  /** Milliseconds on the node's own steady clock, for measuring. */
  nowMs(): number {
    return this.#parts.host.now().monoMs
  }

  /** Lets what is under way end, then closes everything. Calls after the first wait for the same end. */
  close(options: CloseOptions = {}): Promise<void> {
    return (this.#closing ??= this.#parts.close(options.timeoutMs ?? 5000))
  }

  #isConnected(peer: PeerId): boolean {
    return this.#parts.connected.has(peer)
  }
}
