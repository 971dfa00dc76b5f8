import type { PeerId } from '../../src/core/ids.js'
import type { Time } from '../../src/core/time.js'
import type { CarrierInfo } from '../../src/ports/transport.js'
import type { EngineConfig } from '../../src/node/engine/config.js'
import type { EngineOptions } from '../../src/node/engine/compose.js'
import { Engine } from '../../src/node/engine/engine.js'
import type { ConnectionFacts, EngineSink, Failure } from '../../src/node/engine/sink.js'
import type { EngineStream } from '../../src/node/engine/stream.js'
import { FakeAuthority, FakeCertificates, type FakeRoot } from '../../src/sim/crypto/identity.js'
import { createFakeKem } from '../../src/sim/crypto/kem.js'
import { loadKernels } from '../../src/kernels/index.js'
import type { Random } from '../../src/ports/random.js'

/** A small generator for tests: repeatable, not random. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    fill: out => {
      for (let i = 0; i < out.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        out[i] = state >>> 24
      }
      return out
    },
  }
}

interface Pipe {
  readonly from: TestNode
  readonly fromLink: number
  to: TestNode | undefined
  toLink: number
  other: Pipe | undefined
  closed: boolean
}

type Task = () => void

/** Engines joined by carriers of one millisecond, in virtual time, without threads of their own. */
export class EngineNet {
  monoMs = 1000
  readonly wall = 1_700_000_000_000
  readonly authority: FakeAuthority
  readonly kem = createFakeKem(seededRandom(7))
  readonly kernels = loadKernels()
  readonly networkId = new Uint8Array(32).fill(9)
  readonly nodes = new Map<string, TestNode>()
  /** Decides about each chunk: false loses the carrier instead of delivering it. */
  deliver: (from: TestNode, to: TestNode, bytes: Uint8Array) => boolean = () => true
  private queue: { at: number; order: number; task: Task }[] = []
  private order = 0

  constructor() {
    this.authority = new FakeAuthority(this.kem, this.networkId)
  }

  get time(): Time {
    return { monoMs: this.monoMs, wallMs: this.wall + this.monoMs }
  }

  node(name: string, config: Partial<EngineConfig> = {}, root?: FakeRoot): TestNode {
    const node = new TestNode(this, name, config, root)
    this.nodes.set(node.address, node)
    return node
  }

  after(ms: number, task: Task): void {
    this.queue.push({ at: this.monoMs + ms, order: this.order++, task })
  }

  /** Runs until nothing is due before `untilMs` from now. */
  run(forMs: number): void {
    const end = this.monoMs + forMs
    let idle = 0
    for (;;) {
      if (++idle > 200_000) throw new Error('the simulation does not come to rest')
      this.queue.sort((a, b) => a.at - b.at || a.order - b.order)
      const next = this.queue[0]
      let due = next === undefined ? Infinity : next.at
      let ticking: TestNode | undefined
      for (const node of this.nodes.values()) {
        const at = node.dead ? undefined : node.engine.nextDeadline()
        if (at !== undefined && at < due) {
          due = at
          ticking = node
        }
      }
      if (due > end) break
      this.monoMs = Math.max(this.monoMs, due)
      if (ticking !== undefined) ticking.turn(() => ticking?.engine.tick(this.time))
      else {
        this.queue.shift()
        next?.task()
      }
    }
    this.monoMs = end
  }

  /** Latency of a carrier's opening and of what is sent, ms. */
  latency: (from: TestNode, to: TestNode | undefined) => number = () => 1

  open(from: TestNode, link: number, address: string): void {
    this.after(this.latency(from, this.nodes.get(address)), () => {
      const to = this.nodes.get(address)
      if (to === undefined || to.dead) {
        from.turn(() => from.engine.carrierFailed(link, { code: 'DIAL_FAILED', text: 'nobody listens' }, this.time))
        return
      }
      const toLink = to.engine.acceptLink()
      const there: Pipe = { from, fromLink: link, to, toLink, other: undefined, closed: false }
      const back: Pipe = { from: to, fromLink: toLink, to: from, toLink: link, other: there, closed: false }
      there.other = back
      from.pipes.set(link, there)
      to.pipes.set(toLink, back)
      to.turn(() => to.engine.carrierAccepted(toLink, info(from.address, 'inbound', from.host), this.time))
      from.turn(() => from.engine.carrierOpened(link, info(address, 'outbound', to.host), this.time))
    })
  }

  send(pipe: Pipe, bytes: Uint8Array): void {
    this.after(this.latency(pipe.from, pipe.to), () => {
      const { to } = pipe
      if (pipe.closed || to === undefined || to.dead) return
      if (!this.deliver(pipe.from, to, bytes)) return this.cut(pipe)
      to.turn(() => to.engine.carrierData(pipe.toLink, bytes, 0, bytes.length, this.time))
    })
  }

  /** Ends a carrier for both sides, at once. */
  cut(pipe: Pipe): void {
    for (const half of [pipe, pipe.other]) {
      if (half === undefined || half.closed) continue
      half.closed = true
      const { from } = half
      if (from.pipes.delete(half.fromLink) && !from.dead) {
        from.turn(() => from.engine.carrierClosed(half.fromLink, 'cut', this.time))
      }
    }
  }

  close(pipe: Pipe): void {
    const { other } = pipe
    pipe.from.pipes.delete(pipe.fromLink)
    this.after(this.latency(pipe.from, pipe.to), () => {
      pipe.closed = true
      if (other !== undefined) this.cut(other)
    })
  }
}

function info(remote: string, direction: 'inbound' | 'outbound', host: string): CarrierInfo {
  return { remote, host, direction, transport: 'test', delivery: 'ordered', verifiesAddress: true }
}

/** One engine with a log of what it told. */
export class TestNode implements EngineSink {
  readonly address: string
  readonly root: FakeRoot
  readonly random: Random
  engine: Engine
  dead = false
  readonly pipes = new Map<number, Pipe>()
  readonly log: string[] = []
  readonly messages: { peer: PeerId; name: string; body: Uint8Array; token: number }[] = []
  readonly statuses: { token: number; status: string; failure: Failure | undefined }[] = []
  readonly responses: { token: number; body: Uint8Array | undefined; failure: Failure | undefined }[] = []
  readonly connects: { token: number; peer: PeerId | undefined; failure: Failure | undefined }[] = []
  readonly streams: EngineStream[] = []
  readonly introductions: { peer: PeerId; agent: string; addresses: readonly string[] }[] = []
  readonly saves: Uint8Array[] = []
  cancelled = 0
  /** Token of the request that came last. */
  lastRequest = 0
  advertise: readonly string[] | undefined
  readonly incidents: { kind: string; failure: Failure }[] = []
  readonly connected: ConnectionFacts[] = []
  /** Called from inside every callback that tells something, with its name. */
  onTold: ((event: string, peer: PeerId | undefined, token: number) => void) | undefined
  /** Options of the engine beyond what the net gives, taken at the next start. */
  extra: Partial<EngineOptions> = {}
  /** Host that its carriers come from. */
  host = ''
  /** Answers of requests named `never` are not given. */
  onMessageHook: ((name: string, body: Uint8Array) => void) | undefined
  onStreamHook: ((stream: EngineStream) => void) | undefined
  private flushAsked = false

  constructor(
    readonly net: EngineNet,
    readonly name: string,
    readonly config: Partial<EngineConfig>,
    root: FakeRoot | undefined,
  ) {
    this.address = `test://${name}`
    this.random = seededRandom([...name].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7))
    this.root = root ?? net.authority.root(this.random)
    this.engine = this.newEngine()
  }

  get id(): PeerId {
    return this.root.peerId
  }

  /** Crash and restart with the same identity. */
  restart(extra: Partial<EngineOptions> = this.extra): void {
    this.extra = extra
    this.dead = false
    this.engine = this.newEngine()
  }

  crash(): void {
    for (const pipe of [...this.pipes.values()]) this.net.close(pipe)
    this.dead = true
  }

  /** One entry into the engine and what follows in the same turn. */
  turn<T>(work: () => T): T {
    const result = work()
    while (this.flushAsked) {
      this.flushAsked = false
      this.engine.flush(this.net.time)
    }
    return result
  }

  connect(to: TestNode, known = true): number {
    const target = { peer: known ? to.id : undefined, addresses: [to.address] }
    return this.turn(() => this.engine.connect(target, { timeoutMs: 10_000 }, this.net.time))
  }

  send(to: TestNode, name: string, body: Uint8Array, qos: 0 | 1 | 2): number {
    return this.turn(() => this.engine.send(to.id, name, body, { qos, priority: 1 }, this.net.time))
  }

  request(to: TestNode, name: string, body: Uint8Array, timeoutMs = 5000): number {
    return this.turn(() => this.engine.request(to.id, name, body, { priority: 1, timeoutMs }, this.net.time))
  }

  dial(link: number, address: string): void {
    this.net.open(this, link, address)
  }

  write(link: number, buffer: Uint8Array, from: number, to: number): boolean {
    const pipe = this.pipes.get(link)
    if (pipe !== undefined) this.net.send(pipe, buffer.slice(from, to))
    return true
  }

  closeCarrier(link: number): void {
    const pipe = this.pipes.get(link)
    if (pipe !== undefined) this.net.close(pipe)
  }

  wantFlush(): void {
    this.flushAsked = true
  }

  wantTick(): void {
    // Deadlines are read anew after every event.
  }

  saveInbox(peer: PeerId, state: Uint8Array): void {
    this.saves.push(state.slice())
    this.net.after(1, () => this.turn(() => this.engine.inboxSaved(peer, true, this.net.time)))
  }

  onConnectResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void {
    this.connects.push({ token, peer, failure })
    this.onTold?.('onConnectResult', peer, token)
  }

  onPeerConnect(facts: ConnectionFacts): void {
    this.connected.push(facts)
    this.log.push(`connect ${facts.direction} ${facts.resumed ? 'resumed' : 'full'}`)
    this.onTold?.('onPeerConnect', facts.peer, 0)
  }

  onIdentified(peer: PeerId, agent: string, addresses: readonly string[]): void {
    this.onTold?.('onIdentified', peer, 0)
    this.introductions.push({ peer, agent, addresses })
    this.log.push('identified')
  }

  onPeerDisconnect(_peer: PeerId, reason: Failure): void {
    this.log.push(`disconnect ${reason.code}`)
    this.onTold?.('onPeerDisconnect', _peer, 0)
  }

  onCarrierChange(_peer: PeerId, address: string | undefined): void {
    this.onTold?.('onCarrierChange', _peer, 0)
    this.log.push(address === undefined ? 'carrier lost' : 'carrier back')
  }

  onStatus(_peer: PeerId, token: number, status: string, failure: Failure | undefined): void {
    this.statuses.push({ token, status, failure })
    this.onTold?.('onStatus', _peer, token)
  }

  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array): void {
    this.onTold?.('onMessage', peer, token)
    this.messages.push({ peer, name, body, token })
    this.onMessageHook?.(name, body)
    this.engine.handled(peer, token, this.net.time)
  }

  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array): void {
    this.lastRequest = token
    this.onTold?.('onRequest', peer, token)
    if (name === 'never') return
    if (name === 'echo') this.engine.respond(peer, token, body, this.net.time)
    else this.engine.refuse(peer, token, 'NO_HANDLER', name, this.net.time)
  }

  onCancelled(): void {
    this.cancelled++
    this.log.push('cancelled')
  }

  onResponse(_peer: PeerId, token: number, body: Uint8Array): void {
    this.responses.push({ token, body, failure: undefined })
    this.onTold?.('onResponse', _peer, token)
  }

  onFailure(_peer: PeerId, token: number, failure: Failure): void {
    this.responses.push({ token, body: undefined, failure })
    this.onTold?.('onFailure', _peer, token)
  }

  onStream(_peer: PeerId, stream: EngineStream): void {
    this.onTold?.('onStream', _peer, 0)
    this.streams.push(stream)
    this.onStreamHook?.(stream)
  }

  onPong(peer: PeerId): void {
    this.onTold?.('onPong', peer, 0)
    this.log.push('pong')
  }

  onStreamsAvailable(): void {
    this.log.push('streams available')
  }

  onDatagram(): void {
    this.log.push('datagram')
  }

  onIncident(kind: string, _peer: PeerId | undefined, _address: string | undefined, failure: Failure): void {
    this.incidents.push({ kind, failure })
  }

  onDrained(): void {
    this.onTold?.('onDrained', undefined, 0)
    this.log.push('drained')
  }

  private newEngine(): Engine {
    const { net } = this
    return new Engine({
      kernels: net.kernels,
      kem: net.kem,
      random: this.random,
      networkId: net.networkId,
      certificates: new FakeCertificates(net.authority),
      credentials: net.authority.issue(this.root, this.random, net.wall),
      config: { ...this.config, advertise: this.advertise ?? [this.address] },
      sink: this,
      time: net.time,
      ...this.extra,
      resume: work => net.after(1, () => this.turn(() => work(net.time))),
    })
  }
}
