import { EMPTY } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { utf8 } from '../../core/text.js'
import type { EngineConfig } from '../../node/engine/config.js'
import { Engine } from '../../node/engine/engine.js'
import type { PeerSnapshot } from '../../node/engine/snapshot.js'
import type { Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Explanation } from '../../protocols/dial/history.js'
import type { LocalCredentials, PeerCertificates } from '../../protocols/handshake/context.js'
import type { SimHost } from '../net/host.js'
import { simAddress } from '../net/transport.js'
import { VirtualClock } from '../time/clock.js'
import type { World } from '../world.js'
import { SimCarriers } from './carriers.js'
import { SimDisk } from './disk.js'
import { SimDriver } from './driver.js'
import type {
  ConnectRecord,
  MessageHandler,
  ReceivedMessage,
  RequestHandler,
  RequestRecord,
  SendRecord,
  SimRequestOptions,
  SimSendOptions,
} from './records.js'
import { SimSink } from './sink.js'
import type { SimStream } from './stream.js'

/** What a simulated node is made of. */
export interface SimNodeParts {
  readonly world: World
  readonly host: SimHost
  readonly kernels: Kernels
  readonly kem: Kem
  readonly networkId: Uint8Array
  readonly credentials: LocalCredentials
  /** What it verified; made anew at each start. */
  readonly certificates: () => PeerCertificates
  readonly config: Partial<EngineConfig>
  /** Time a save takes, ms; undefined for a node without a store. */
  readonly diskMs: number | undefined
}

/** Whom a call is about: a node of the simulation or a peer id. */
export type SimTarget = SimNode | PeerId

/**
 * One node of a simulation: the production engine on virtual ports. Calls return at once; what became of them stands in
 * the records they return, as soon as the simulation has run that far.
 */
export class SimNode {
  readonly id: PeerId
  readonly name: string
  /** Where it listens, `sim://name`. */
  readonly address: string
  readonly clock: VirtualClock
  readonly disk: SimDisk
  /** What it was told and what it keeps for the test to read. */
  readonly sink: SimSink
  private starts = 0
  private current: { readonly engine: Engine; readonly driver: SimDriver; readonly carriers: SimCarriers } | undefined

  constructor(private readonly parts: SimNodeParts) {
    const { world, host } = parts
    this.id = parts.credentials.peerId
    this.name = host.name
    this.address = simAddress(host.name)
    this.clock = new VirtualClock(world, world.queue)
    this.disk = new SimDisk(world, parts.diskMs ?? 0)
    this.sink = new SimSink(this, world, host)
    this.start()
  }

  /** The engine of the running node. @throws HyphaeError CLOSED while it is down */
  get engine(): Engine {
    if (this.current === undefined) throw new HyphaeError('CLOSED', `${this.name} is down`)
    return this.current.engine
  }

  /** Whether it runs. */
  get up(): boolean {
    return this.current !== undefined
  }

  get host(): SimHost {
    return this.parts.host
  }

  /** One-way messages that came and for which there is no handler. */
  get received(): ReceivedMessage[] {
    return this.sink.received
  }

  // Peers.

  /** Connects to a node or an address. */
  connect(target: SimTarget | { address: string; peer?: PeerId }, timeoutMs = 30_000): ConnectRecord {
    const record: ConnectRecord = { done: false, peer: undefined, failure: undefined, doneAtMs: undefined }
    const to =
      target instanceof SimNode
        ? { peer: target.id, addresses: [target.address] }
        : typeof target === 'string'
          ? { peer: target, addresses: [] }
          : { ...(target.peer === undefined ? {} : { peer: target.peer }), addresses: [target.address] }
    this.outside(engine => this.sink.connecting(record, () => engine.connect(to, { timeoutMs }, this.clock.current())))
    return record
  }

  /** Ends the session with a peer. */
  disconnect(target: SimTarget): void {
    const reason = { code: 'CLOSED', text: 'disconnected' } as const
    this.outside(engine => engine.disconnect(idOf(target), reason, this.clock.current()))
  }

  /** Tells where a node is. */
  knows(target: SimNode, address = target.address): void {
    this.outside(engine => engine.addAddress(target.id, address))
  }

  /** Keeps a connection to a peer: it is dialled again whenever it is lost. */
  keep(target: SimTarget, on = true): void {
    if (target instanceof SimNode) this.knows(target)
    this.outside(engine => engine.keep(idOf(target), on))
  }

  /** Moves the session with a peer to another address. */
  migrate(target: SimTarget, address: string): ConnectRecord {
    const record: ConnectRecord = { done: false, peer: undefined, failure: undefined, doneAtMs: undefined }
    this.outside(engine => {
      this.sink.connecting(record, () => engine.migrate(idOf(target), address, this.clock.current()))
    })
    return record
  }

  /** Refuses a peer for a time. */
  ban(target: SimTarget, forMs: number): void {
    this.outside(engine => engine.ban(idOf(target), forMs, this.clock.current()))
  }

  /** Pings a connected peer; the round-trip time then stands in {@link SimNode.peer}. */
  ping(target: SimTarget): void {
    this.outside(engine => engine.ping(idOf(target), this.clock.current()))
  }

  /** What is known of a peer. */
  peer(target: SimTarget): PeerSnapshot | undefined {
    const id = idOf(target)
    return this.engine.peers().find(peer => peer.id === id)
  }

  /** Whether there is a session with a peer, with or without a carrier at the moment. */
  isConnected(target: SimTarget): boolean {
    return this.sink.connected.has(idOf(target))
  }

  /** Why a peer is reachable or not. */
  explain(target: SimTarget): Explanation {
    return this.engine.explain(idOf(target), this.clock.current())
  }

  // Messages.

  /** Sends a one-way message. @throws HyphaeError for local limits */
  send(target: SimTarget, name: string, body: Uint8Array | string, options: SimSendOptions = {}): SendRecord {
    const peer = idOf(target)
    const { qos = 1, priority = 1, lifetimeMs } = options
    const record: SendRecord = {
      peer,
      name,
      qos,
      status: 'new',
      history: [],
      failure: undefined,
      sentAtMs: this.parts.world.nowMs,
      doneAtMs: undefined,
    }
    const { engine } = this
    engine.send(peer, name, bytesOf(body), { qos, priority, lifetimeMs }, this.clock.current(), record)
    this.touched()
    return record
  }

  /** Sends a qos-0 message of which nothing is recorded: for large simulations. */
  cast(target: SimTarget, name: string, body: Uint8Array): void {
    this.engine.send(idOf(target), name, body, CAST, this.clock.current())
    this.touched()
  }

  /** Sends a request. @throws HyphaeError for local limits */
  request(
    target: SimTarget,
    name: string,
    body: Uint8Array | string = EMPTY,
    options: SimRequestOptions = {},
  ): RequestRecord {
    const peer = idOf(target)
    const { timeoutMs = 10_000, priority = 1 } = options
    const { engine } = this
    const record: RequestRecord = {
      peer,
      name,
      token: engine.nextRequestToken(peer, priority),
      done: false,
      body: undefined,
      failure: undefined,
      sentAtMs: this.parts.world.nowMs,
      doneAtMs: undefined,
    }
    this.sink.requesting(record)
    engine.request(peer, name, bytesOf(body), { timeoutMs, priority }, this.clock.current())
    this.touched()
    return record
  }

  /** Gives up a request. */
  cancel(record: RequestRecord): void {
    this.engine.cancel(record.peer, record.token, this.clock.current())
    this.touched()
  }

  /** Handles one-way messages of a name; survives restarts. */
  onMessage(name: string, handler: MessageHandler): void {
    this.sink.messageHandlers.set(name, handler)
  }

  /** Answers requests of a name; survives restarts. */
  handle(name: string, handler: RequestHandler): void {
    this.sink.requestHandlers.set(name, handler)
  }

  // Streams.

  /** Opens a stream to a connected peer. Undefined where its limit is reached. @throws HyphaeError PEER_UNREACHABLE */
  openStream(target: SimTarget, name: string, priority = 1): SimStream | undefined {
    const stream = this.engine.openStream(idOf(target), name, priority, this.clock.current())
    this.touched()
    return stream && this.sink.adopt(stream)
  }

  /** Streams that peers opened, in order. */
  get streams(): SimStream[] {
    return this.sink.streams
  }

  // Life.

  /**
   * Stops it without a word to anybody but what its machine says for it.
   *
   * @param silent - the machine is gone too: peers get no reset, dials no answer
   */
  crash(silent = false): void {
    this.current?.driver.stop()
    this.current = undefined
    this.sink.crashed()
    this.disk.crash()
    this.parts.world.network.crash(this.host, silent)
  }

  /** Starts it again after a crash. @param keepStore - what was saved is still there */
  restart(keepStore = true): void {
    if (this.current !== undefined) this.crash()
    if (!keepStore) this.disk.wipe()
    this.parts.world.network.restart(this.host)
    this.start()
  }

  /** Ends it in an orderly way. */
  close(): void {
    this.outside(engine => {
      engine.close(this.clock.current())
      this.current?.driver.stop()
      this.current = undefined
      this.parts.world.network.unlisten(this.host, this.address)
    })
  }

  /** Listens at a further address, `sim://other`. */
  listen(address: string): void {
    if (this.current !== undefined) this.parts.world.network.listen(this.host, address, this.current.carriers)
  }

  /** Does something with the engine, with the time set and a look at its deadlines after it. */
  enter(work: () => void): void {
    this.engine.enter(this.clock.current())
    work()
    this.touched()
  }

  private start(): void {
    const { world, host, kernels, kem, networkId, credentials, config, diskMs } = this.parts
    const random = world.random.fork(`${this.name}/${this.starts++}`)
    const engine = new Engine({
      kernels,
      kem,
      random,
      networkId,
      credentials,
      certificates: this.parts.certificates(),
      config: { ...config, advertise: [this.address], hasStore: diskMs !== undefined },
      sink: this.sink,
      time: this.clock.now(),
      resume: work => world.defer(() => this.enter(() => work(this.clock.current()))),
      inboxes: this.disk.inboxes(),
    })
    const driver = new SimDriver(
      world,
      this.clock,
      engine,
      text => new HyphaeError('INTERNAL', `${this.name}: ${text}`),
    )
    const carriers = new SimCarriers(
      () => engine,
      this.clock,
      () => driver.look(),
    )
    this.current = { engine, driver, carriers }
    this.sink.started(driver, carriers, engine)
    world.network.listen(host, this.address, carriers)
    driver.look()
  }

  private touched(): void {
    this.current?.driver.look()
  }

  /** Calls that must not come from inside a callback of the engine wait for the end of the turn. */
  private outside(work: (engine: Engine) => void): void {
    const { engine } = this
    const run = (): void => {
      if (this.current?.engine !== engine) return
      work(engine)
      this.touched()
    }
    if (this.sink.inside) this.parts.world.defer(run)
    else run()
  }
}

const CAST = { qos: 0, priority: 1 } as const

const idOf = (target: SimTarget): PeerId => (target instanceof SimNode ? target.id : target)

const bytesOf = (body: Uint8Array | string): Uint8Array => (typeof body === 'string' ? utf8(body) : body)
