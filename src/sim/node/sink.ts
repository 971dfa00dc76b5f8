import type { PeerId } from '../../core/ids.js'
import type { Engine } from '../../node/engine/engine.js'
import type { ConnectionFacts, EngineSink, Failure } from '../../node/engine/sink.js'
import type { EngineStream } from '../../node/engine/stream.js'
import type { MessageStatus } from '../../protocols/delivery/sink.js'
import type { SimHost } from '../net/host.js'
import type { VirtualClock } from '../time/clock.js'
import type { World } from '../world.js'
import type { SimCarriers } from './carriers.js'
import type { SimDisk } from './disk.js'
import type { SimDriver } from './driver.js'
import type {
  ConnectRecord,
  MessageHandler,
  ReceivedMessage,
  RequestHandler,
  RequestRecord,
  SendRecord,
  SimRequest,
} from './records.js'
import { SimStream, type StreamHome } from './stream.js'

/** Codes of what a node is told, in the trace. */
const TOLD = {
  connect: 16,
  disconnect: 17,
  carrier: 18,
  status: 19,
  message: 20,
  request: 21,
  cancelled: 22,
  response: 23,
  failure: 24,
  stream: 25,
  incident: 26,
  result: 27,
  pong: 28,
  drained: 29,
} as const

/** What the sink needs of its node. */
export interface SinkHome extends StreamHome {
  readonly up: boolean
  readonly clock: VirtualClock
  readonly disk: SimDisk
}

/** Something a node reported that is nobody's return value. */
export interface Incident {
  readonly kind: string
  readonly peer: PeerId | undefined
  readonly address: string | undefined
  readonly failure: Failure
  readonly atMs: number
}

/** What the engine of a simulated node tells and asks: everything goes into the trace, and into records for tests. */
export class SimSink implements EngineSink {
  readonly messageHandlers = new Map<string, MessageHandler>()
  readonly requestHandlers = new Map<string, RequestHandler>()
  readonly received: ReceivedMessage[] = []
  readonly streams: SimStream[] = []
  readonly incidents: Incident[] = []
  /** Peers with a session, with the facts of their connection. */
  readonly connected = new Map<PeerId, ConnectionFacts>()
  /** Sessions that came about, that were lost, and changes of carrier. */
  readonly counts = { connects: 0, disconnects: 0, carrierChanges: 0, resumed: 0, messages: 0, requests: 0, pongs: 0 }
  /** Datagrams that came, as copies. */
  readonly datagrams: Uint8Array[] = []
  /** Why peers were lost, in order. */
  readonly disconnects: { readonly peer: PeerId; readonly reason: Failure; readonly atMs: number }[] = []
  /** Keeps messages without a handler. Off for large simulations. */
  keepReceived = true
  drained = false
  private depth = 0
  private driver!: SimDriver
  private carriers!: SimCarriers
  private engine!: Engine
  private readonly requests = new Map<PeerId, Map<number, RequestRecord>>()
  private readonly asked = new Map<PeerId, Map<number, SimRequest>>()
  private readonly connects = new Map<number, ConnectRecord>()
  private pendingConnect: ConnectRecord | undefined

  constructor(
    private readonly node: SinkHome,
    private readonly world: World,
    private readonly host: SimHost,
  ) {}

  /** Whether a callback of the engine is running. */
  get inside(): boolean {
    return this.depth > 0
  }

  /** The node starts, for the first time or again. */
  started(driver: SimDriver, carriers: SimCarriers, engine: Engine): void {
    this.driver = driver
    this.carriers = carriers
    this.engine = engine
  }

  /** The node lost its memory. */
  crashed(): void {
    this.connected.clear()
    this.requests.clear()
    this.asked.clear()
    this.connects.clear()
    this.depth = 0
  }

  /** A request is about to be sent. */
  requesting(record: RequestRecord): void {
    put(this.requests, record.peer, record.token, record)
  }

  /** An attempt to connect begins; its outcome may come before its token is known. */
  connecting(record: ConnectRecord, begin: () => number): void {
    this.pendingConnect = record
    const token = begin()
    this.pendingConnect = undefined
    if (!record.done) this.connects.set(token, record)
  }

  /** Makes a stream of the engine readable for tests. */
  adopt(stream: EngineStream): SimStream {
    return new SimStream(this.node, stream)
  }

  dial(link: number, address: string, timeoutMs: number): void {
    this.carriers.add(link, this.world.network.dial(this.host, address, this.carriers, link, timeoutMs))
  }

  write(link: number, buffer: Uint8Array, from: number, to: number): boolean {
    return this.carriers.write(link, buffer, from, to)
  }

  closeCarrier(link: number, abort: boolean): void {
    this.carriers.close(link, abort)
  }

  wantFlush(): void {
    this.driver.wantFlush()
  }

  wantTick(): void {
    this.driver.look()
  }

  saveInbox(peer: PeerId, state: Uint8Array): void {
    const { engine } = this
    this.node.disk.save(peer, state, () => {
      engine.inboxSaved(peer, true, this.node.clock.current())
      this.driver.look()
    })
  }

  onConnectResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void {
    const record = this.connects.get(token) ?? this.pendingConnect
    this.connects.delete(token)
    this.tell('result', peer, failure?.code ?? 'connected')
    if (record === undefined) return
    record.done = true
    record.peer = peer
    record.failure = failure
    record.doneAtMs = this.world.nowMs
  }

  onPeerConnect(facts: ConnectionFacts): void {
    this.connected.set(facts.peer, facts)
    this.counts.connects++
    if (facts.resumed) this.counts.resumed++
    this.tell('connect', facts.peer, facts.resumed ? 'resumed' : facts.direction)
  }

  onIdentified(): void {
    // What peers say of themselves stands in their snapshot.
  }

  onPeerDisconnect(peer: PeerId, reason: Failure): void {
    this.connected.delete(peer)
    this.counts.disconnects++
    this.disconnects.push({ peer, reason, atMs: this.world.nowMs })
    this.tell('disconnect', peer, reason.code)
  }

  onCarrierChange(peer: PeerId, address: string | undefined): void {
    this.counts.carrierChanges++
    this.tell('carrier', peer, address ?? 'none')
  }

  onStatus(peer: PeerId, _: number, status: MessageStatus, failure: Failure | undefined, owner: unknown): void {
    if (owner === undefined) return
    const record = owner as SendRecord
    this.tell('status', peer, status)
    record.status = status
    record.history.push(status)
    record.failure = failure
    if (status === 'queued' || (status === 'sent' && record.qos > 0)) return
    record.doneAtMs = this.world.nowMs
  }

  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array, priority: number, qos: number): void {
    this.counts.messages++
    this.traceBody('message', peer, name, body)
    const handler = this.messageHandlers.get(name)
    if (handler === undefined && !this.keepReceived) return this.engine.handled(peer, token, this.node.clock.current())
    const message = { from: peer, name, body, priority, qos, atMs: this.world.nowMs }
    if (handler === undefined) this.received.push(message)
    const outcome = handler === undefined ? undefined : this.within(() => handler(message))
    const { engine } = this
    const finish = (): void => {
      if (engine !== this.engine || !this.node.up) return
      const now = this.node.clock.current()
      if (typeof outcome === 'object') engine.notHandled(peer, token, outcome.code, outcome.text, now)
      else engine.handled(peer, token, now)
      this.driver.look()
    }
    if (typeof outcome === 'number') this.world.at(this.world.nowMs + outcome, finish)
    else finish()
  }

  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array, timeoutMs: number): void {
    this.counts.requests++
    this.traceBody('request', peer, name, body)
    const request = this.requestFor(peer, token, name, body, timeoutMs)
    const handler = this.requestHandlers.get(name)
    if (handler === undefined) return request.refuse({ code: 'NO_HANDLER', text: `no handler of ${name}` })
    put(this.asked, peer, token, request)
    const answer = this.within(() => handler(request))
    if (answer !== undefined) request.respond(answer)
  }

  onCancelled(peer: PeerId, token: number): void {
    this.tell('cancelled', peer, '')
    const request = this.asked.get(peer)?.get(token)
    if (request !== undefined) request.cancelled = true
  }

  onResponse(peer: PeerId, token: number, body: Uint8Array): void {
    this.traceBody('response', peer, '', body)
    this.answered(peer, token, body, undefined)
  }

  onFailure(peer: PeerId, token: number, failure: Failure): void {
    this.tell('failure', peer, failure.code)
    this.answered(peer, token, undefined, failure)
  }

  onStream(peer: PeerId, stream: EngineStream): void {
    this.tell('stream', peer, stream.name)
    this.streams.push(this.adopt(stream))
  }

  onPong(peer: PeerId): void {
    this.counts.pongs++
    this.tell('pong', peer, '')
  }

  onStreamsAvailable(): void {
    // A test that met the limit opens again when it wants to.
  }

  onDatagram(peer: PeerId, buffer: Uint8Array, from: number, to: number): void {
    const copy = buffer.slice(from, to)
    this.traceBody('message', peer, 'datagram', copy)
    this.datagrams.push(copy)
  }

  onIncident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void {
    this.tell('incident', peer, `${kind} ${failure.code} ${failure.text}`)
    this.incidents.push({ kind, peer, address, failure, atMs: this.world.nowMs })
  }

  onDrained(): void {
    this.drained = true
    this.tell('drained', undefined, '')
  }

  private requestFor(peer: PeerId, token: number, name: string, body: Uint8Array, timeoutMs: number): SimRequest {
    const { engine, node } = this
    const once = (act: () => void): void => {
      this.asked.get(peer)?.delete(token)
      if (engine !== this.engine || !node.up) return
      act()
      this.driver.look()
    }
    return {
      from: peer,
      name,
      body,
      timeoutMs,
      cancelled: false,
      respond: answer => once(() => engine.respond(peer, token, answer, node.clock.current())),
      refuse: ({ code, text }) => once(() => engine.refuse(peer, token, code, text, node.clock.current())),
    }
  }

  private answered(peer: PeerId, token: number, body: Uint8Array | undefined, failure: Failure | undefined): void {
    const record = this.requests.get(peer)?.get(token)
    if (record === undefined) return
    this.requests.get(peer)?.delete(token)
    record.done = true
    record.body = body
    record.failure = failure
    record.doneAtMs = this.world.nowMs
  }

  private within<T>(work: () => T): T {
    this.depth++
    try {
      return work()
    } finally {
      this.depth--
    }
  }

  private tell(event: keyof typeof TOLD, peer: PeerId | undefined, detail: string): void {
    const { trace, nowMs } = this.world
    trace.event(TOLD[event], this.host.index, nowMs)
    if (peer !== undefined) trace.text(peer)
    trace.text(detail)
    if (trace.keeps) trace.note(nowMs, this.host.name, event, `${peer?.slice(0, 8) ?? ''} ${detail}`)
  }

  private traceBody(event: keyof typeof TOLD, peer: PeerId, name: string, body: Uint8Array): void {
    const { trace, nowMs } = this.world
    trace.event(TOLD[event], this.host.index, nowMs)
    trace.mix(peer.charCodeAt(0) * 65_536 + peer.charCodeAt(1) * 256 + peer.charCodeAt(2))
    trace.text(name)
    trace.bytes(body, 0, body.length)
    if (trace.keeps) trace.note(nowMs, this.host.name, event, `${peer.slice(0, 8)} ${name} ${body.length} bytes`)
  }
}

function put<T>(table: Map<PeerId, Map<number, T>>, peer: PeerId, token: number, value: T): void {
  const of = table.get(peer)
  if (of === undefined) table.set(peer, new Map([[token, value]]))
  else of.set(token, value)
}
