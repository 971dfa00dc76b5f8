import { HyphaeError, type ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Time } from '../../core/time.js'
import type { Clock, Defer } from '../../ports/clock.js'
import type { Logger } from '../../ports/telemetry.js'
import type { Carrier, Transport } from '../../ports/transport.js'
import type { MessageStatus } from '../../protocols/delivery/sink.js'
import type { EngineOptions } from '../engine/compose.js'
import { Engine } from '../engine/engine.js'
import type { ConnectionFacts, EngineSink, Failure } from '../engine/sink.js'
import type { EngineStream } from '../engine/stream.js'
import { Carriers } from './carriers.js'
import { failureOf } from './failure.js'
import { Listeners } from './listeners.js'
import type { Persistence } from './persistence.js'
import { Transports } from './transports.js'
import { Turn } from './turn.js'

/** What an engine tells the node above the host; see {@link EngineSink} for each. */
export type NodeSink = Pick<
  EngineSink,
  | 'onConnectResult'
  | 'onPeerConnect'
  | 'onIdentified'
  | 'onPeerDisconnect'
  | 'onCarrierChange'
  | 'onStatus'
  | 'onMessage'
  | 'onRequest'
  | 'onCancelled'
  | 'onResponse'
  | 'onFailure'
  | 'onStream'
  | 'onPong'
  | 'onStreamsAvailable'
  | 'onDatagram'
  | 'onIncident'
>

/** What a host drives an engine with. */
export interface HostOptions {
  readonly clock: Clock
  readonly defer: Defer
  readonly transports: readonly Transport[]
  /** Everything the engine is made of but what the host gives it. */
  readonly engine: Omit<EngineOptions, 'sink' | 'resume' | 'time'>
  readonly node: NodeSink
  /** Where receive states go; none without a store. */
  readonly persistence?: Persistence | undefined
  readonly logger?: Logger | undefined
}

/**
 * Drives one {@link Engine} on real ports: sockets, clock, store. Every event enters the engine through here with the
 * time; nothing is thrown into the event loop.
 *
 * The engine calls back while it is entered. Messages and streams may be used from there; everything else goes through
 * {@link Host.run}, which waits until the engine is left.
 */
export class Host implements EngineSink {
  readonly engine: Engine
  readonly carriers: Carriers
  readonly listeners: Listeners
  private readonly turn: Turn
  private readonly node: NodeSink
  private readonly persistence: Persistence | undefined
  private readonly logger: Logger | undefined
  private depth = 0
  private later: ((time: Time) => void)[] = []
  private onDrainDone: (() => void) | undefined
  private closed = false

  constructor(options: HostOptions) {
    this.node = options.node
    this.persistence = options.persistence
    this.logger = options.logger
    const transports = new Transports(options.transports)
    this.carriers = new Carriers(transports, this.watcher())
    this.listeners = new Listeners(transports, carrier => this.accept(carrier))
    this.turn = new Turn(options.clock, options.defer, {
      flush: time => this.enter(time, at => this.engine.flush(at)),
      tick: time => this.enter(time, at => this.engine.tick(at)),
      nextDeadline: () => this.engine.nextDeadline(),
    })
    this.engine = new Engine({
      ...options.engine,
      sink: this,
      time: options.clock.now(),
      resume: work => this.run(work),
    })
    this.turn.schedule()
  }

  /** The time now. */
  now(): Time {
    return this.turn.now()
  }

  /**
   * Does something with the engine: at once or, from inside one of its callbacks, as soon as it is left. Nothing happens
   * once the host is closed.
   */
  run(work: (time: Time) => void): void {
    if (this.closed) return
    if (this.depth > 0) this.later.push(work)
    else this.enter(this.turn.now(), work)
  }

  /**
   * Uses messages or streams, also from inside a callback. Errors are the caller's.
   * @param work - gets the time of the turn when `coarse`, the exact one otherwise
   * @throws HyphaeError CLOSED
   */
  use<T>(work: (engine: Engine, time: Time) => T, coarse = false): T {
    const time = this.begin(coarse)
    try {
      return work(this.engine, time)
    } finally {
      this.leave()
    }
  }

  /**
   * {@link Host.use} in two halves, for calls so frequent that a closure for each would be felt: {@link Host.leave}
   * follows whatever happens.
   * @throws HyphaeError CLOSED; nothing is to be left then
   */
  begin(coarse: boolean): Time {
    this.check()
    const time = coarse ? this.turn.coarse() : this.turn.now()
    this.depth++
    return time
  }

  /** Ends what {@link Host.begin} began. */
  leave(): void {
    if (this.depth === 1) this.runLater()
    this.depth--
    this.turn.schedule()
  }

  /** @throws HyphaeError CLOSED once the host is closed */
  check(): void {
    if (this.closed) throw new HyphaeError('CLOSED', 'the node was closed')
  }

  /** Lets everything under way end, at most for so long. */
  drain(timeoutMs: number): Promise<void> {
    return new Promise(resolve => {
      this.onDrainDone = resolve
      this.run(time => this.engine.drain(timeoutMs, time))
    })
  }

  /** Ends the engine and every carrier. Resolves when the last byte is gone. */
  async close(): Promise<void> {
    await this.listeners.close()
    this.run(time => this.engine.close(time))
    this.closed = true
    this.turn.stop()
    await this.carriers.closeAll()
    await this.persistence?.flush()
  }

  // What the engine asks for.

  dial(link: number, address: string, timeoutMs: number): void {
    this.carriers.dial(link, address, timeoutMs)
  }

  write(link: number, buffer: Uint8Array, from: number, to: number): boolean {
    return this.carriers.write(link, buffer, from, to)
  }

  closeCarrier(link: number, abort: boolean): void {
    this.carriers.close(link, abort)
  }

  wantFlush(): void {
    this.turn.wantFlush()
  }

  wantTick(): void {
    this.turn.schedule()
  }

  saveInbox(peer: PeerId, state: Uint8Array): void {
    const saved = (ok: boolean) => this.run(time => this.engine.inboxSaved(peer, ok, time))
    if (this.persistence === undefined) saved(false)
    else this.persistence.saveInbox(peer, state, saved)
  }

  onDrained(): void {
    this.onDrainDone?.()
  }

  // What the engine tells the node.

  onConnectResult(token: number, peer: PeerId | undefined, failure: Failure | undefined): void {
    this.node.onConnectResult(token, peer, failure)
  }

  onPeerConnect(facts: ConnectionFacts): void {
    this.node.onPeerConnect(facts)
  }

  onIdentified(peer: PeerId, agent: string, addresses: readonly string[], observed: string): void {
    this.node.onIdentified(peer, agent, addresses, observed)
  }

  onPeerDisconnect(peer: PeerId, reason: Failure): void {
    this.node.onPeerDisconnect(peer, reason)
  }

  onCarrierChange(peer: PeerId, address: string | undefined): void {
    this.node.onCarrierChange(peer, address)
  }

  onStatus(peer: PeerId, token: number, status: MessageStatus, failure: Failure | undefined, owner: unknown): void {
    this.node.onStatus(peer, token, status, failure, owner)
  }

  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array, priority: number, qos: number): void {
    this.node.onMessage(peer, token, name, body, priority, qos)
  }

  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array, timeoutMs: number): void {
    this.node.onRequest(peer, token, name, body, timeoutMs)
  }

  onCancelled(peer: PeerId, token: number): void {
    this.node.onCancelled(peer, token)
  }

  onResponse(peer: PeerId, token: number, body: Uint8Array): void {
    this.node.onResponse(peer, token, body)
  }

  onFailure(peer: PeerId, token: number, failure: Failure): void {
    this.node.onFailure(peer, token, failure)
  }

  onStream(peer: PeerId, stream: EngineStream): void {
    this.node.onStream(peer, stream)
  }

  onPong(peer: PeerId, rttMs: number): void {
    this.node.onPong(peer, rttMs)
  }

  onStreamsAvailable(peer: PeerId): void {
    this.node.onStreamsAvailable(peer)
  }

  onDatagram(peer: PeerId, buffer: Uint8Array, from: number, to: number): void {
    this.node.onDatagram(peer, buffer, from, to)
  }

  onIncident(kind: string, peer: PeerId | undefined, address: string | undefined, failure: Failure): void {
    this.logger?.warn(failure.text, { kind, peer, address, code: failure.code })
    this.node.onIncident(kind, peer, address, failure)
  }

  /** Takes an accepted carrier in; a runtime without listeners hands its own ones over here. */
  accept(carrier: Carrier): void {
    this.run(time => {
      const link = this.engine.acceptLink()
      this.carriers.add(link, carrier)
      this.engine.carrierAccepted(link, carrier.info, time)
    })
  }

  private watcher() {
    return {
      onOpened: (link: number, info: Carrier['info']) => this.run(time => this.engine.carrierOpened(link, info, time)),
      onFailed: (link: number, failure: Failure) => this.run(time => this.engine.carrierFailed(link, failure, time)),
      onData: (link: number, buffer: Uint8Array, from: number, to: number) => this.data(link, buffer, from, to),
      onDrained: (link: number) => this.run(time => this.engine.carrierDrained(link, time)),
      onClosed: (link: number, reason: string | undefined) =>
        this.run(time => this.engine.carrierClosed(link, reason, time)),
    }
  }

  /** The one event that comes with every packet, and whose buffer is gone afterwards: no closure, no queue. */
  private data(link: number, buffer: Uint8Array, from: number, to: number): void {
    if (this.closed) return
    this.depth++
    try {
      this.engine.carrierData(link, buffer, from, to, this.turn.now())
    } catch (error) {
      this.fault(error)
      this.carriers.close(link, true)
    }
    this.leave()
  }

  private enter(time: Time, work: (time: Time) => void): void {
    this.depth++
    try {
      work(time)
    } catch (error) {
      this.fault(error)
    }
    this.leave()
  }

  private runLater(): void {
    while (this.later.length > 0) {
      const works = this.later
      this.later = []
      const time = this.turn.now()
      for (const work of works) {
        try {
          work(time)
        } catch (error) {
          this.fault(error)
        }
      }
    }
  }

  /** Something threw that never should: told as an alarm, so that the event loop goes on. */
  private fault(error: unknown): void {
    const failure = failureOf(error, 'INTERNAL' satisfies ErrorCode)
    this.logger?.error(failure.text, { code: failure.code, error })
    this.node.onIncident('defect', undefined, undefined, failure)
  }
}
