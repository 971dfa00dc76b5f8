import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { Actor, EventQueue } from '../time/queue.js'
import { type Chunk, CHUNK, type ChunkPool, FIN_CHUNK, OPEN_CHUNK } from './chunk.js'
import type { Link } from './link.js'
import type { AttachedEnd, SimHost } from './host.js'

/** Who uses one end of a simulated connection. Calls come from the event loop only. */
export interface EndOwner {
  /** A dialled connection is open. */
  endOpen(end: End): void
  /** A dial failed; nothing follows. */
  endFailed(end: End, code: ErrorCode, text: string): void
  /** Bytes came; valid during the call and free to change. */
  endData(end: End, buffer: Uint8Array, from: number, to: number): void
  /** A write that answered false is followed by this when there is room. */
  endDrained(end: End): void
  /** The connection is gone; nothing follows. */
  endClosed(end: End, reason: string | undefined): void
}

/** What an end needs of its network. */
export interface EndNetwork {
  readonly sim: { readonly nowMs: number }
  readonly queue: EventQueue
  readonly chunks: ChunkPool
  /** Bytes of a chunk that pass before a cut that a test placed there; undefined when all do. */
  passes(end: End, length: number): number | undefined
  hostAt(address: string): SimHost | undefined
  acceptAt(address: string, dialled: End): boolean
  noteFault(kind: string, end: End): void
  traceData(end: End, chunk: Chunk): void
  traceEnd(what: 'open' | 'closed' | 'failed' | 'fault', end: End): void
}

type State = 'idle' | 'connecting' | 'open' | 'closing' | 'closed'

/** Kinds of events at an end. */
const EVENT = { arrive: 0, reset: 1, resume: 2, drain: 3, check: 4, closed: 5, syn: 6, failed: 7, timeout: 8, cut: 9 }

/** How long an ordered carrier sends into silence before it breaks, ms: the user timeout of common TCP stacks, shortened. */
export const SILENCE_MS = 20_000

/**
 * One end of a simulated connection. Ordered ones behave like TCP: reliable and in order until cut, half-open after a
 * partition or a silent crash until the sender gives up. Datagram ones lose, double and reorder.
 */
export class End implements Actor, AttachedEnd {
  /** A number for the owner's use. */
  tag = 0
  /** The other end. */
  other!: End
  /** Who uses it; what comes before it is set waits. */
  owner: EndOwner | undefined
  private state: State
  private readonly held: Chunk[] = []
  private paused = false
  private lastArrivalMs = 0
  private unreadBytes = 0
  private full = false
  private suspectSinceMs: number | undefined
  private broken = false
  private tries = 0
  /** Its end, where nobody was there to hear of it. */
  private unreported: { readonly reason: string | undefined } | undefined

  constructor(
    private readonly net: EndNetwork,
    /** Number of the end, unique in its network. */
    readonly id: number,
    readonly host: SimHost,
    readonly info: CarrierInfo,
    /** Outwards, towards the other end. */
    readonly link: Link,
    /** Address that was dialled. */
    readonly address: string,
    private readonly ordered: boolean,
  ) {
    this.state = 'idle'
  }

  get peer(): SimHost {
    return this.other.host
  }

  /** Whether bytes can be written. */
  get isOpen(): boolean {
    return this.state === 'open'
  }

  /** Sends bytes; they are copied. Answers false when the connection is full or not open. */
  write(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.state !== 'open') return false
    if (this.broken || from === to) return !this.full
    const chunk = this.net.chunks.copy(buffer, from, to)
    if (this.link.corrupt(chunk.buffer, chunk.length)) this.net.noteFault('bit-flip', this)
    if (!this.ordered) this.sendDatagram(chunk)
    else this.sendOrdered(chunk)
    this.full = this.other.unreadBytes > LIMITS.carrierHighWaterBytes
    return !this.full
  }

  /** Stops or resumes the delivery of bytes; the sender is held up in the end. */
  pause(paused: boolean): void {
    this.paused = paused
    if (!paused && this.held.length > 0) this.net.queue.push(this.net.sim.nowMs, this, EVENT.resume)
  }

  /** Gives it an owner; what came before follows. */
  bind(owner: EndOwner): void {
    this.owner = owner
    const { unreported } = this
    if (unreported !== undefined) {
      const orderly = unreported.reason === undefined ? 1 : 0
      this.net.queue.push(this.net.sim.nowMs, this, EVENT.closed, orderly, unreported.reason)
    }
    if (this.held.length > 0) this.net.queue.push(this.net.sim.nowMs, this, EVENT.resume)
  }

  /** Ends it: after what was written, or at once. The owner's endClosed follows. */
  close(abort: boolean): void {
    if (this.state === 'closed') return
    const { queue, sim } = this.net
    if (abort || this.state === 'connecting' || !this.ordered) {
      this.sendReset('the peer cut it')
      this.leave()
      queue.push(sim.nowMs, this, EVENT.closed, 0, 'cut off here')
    } else if (this.state === 'open') {
      this.state = 'closing'
      this.release()
      this.enqueue(FIN_CHUNK, this.link.arrival(sim.nowMs, 0))
      queue.push(sim.nowMs, this, EVENT.closed, 1)
    }
  }

  /** A fault takes the connection away from both sides; what is on its way is lost. */
  cut(reason: string): void {
    const { queue, sim } = this.net
    for (const end of [this, this.other]) {
      const told = end.state === 'open'
      end.leave()
      if (told) queue.push(sim.nowMs, end, EVENT.closed, 0, reason)
    }
  }

  /** The host is gone and with it this end, without a word to its owner. The other side hears of it unless `silent`. */
  vanish(silent: boolean): void {
    if (this.state === 'closed') return
    if (!silent) this.sendReset('the peer crashed')
    this.leave()
    this.owner = undefined
  }

  /** Begins a dial: the first packet leaves. */
  dial(timeoutMs: number): void {
    const { queue, sim } = this.net
    this.enter('connecting')
    queue.push(sim.nowMs + timeoutMs, this, EVENT.timeout)
    queue.push(this.link.arrival(sim.nowMs, 0), this, EVENT.syn)
  }

  /** The accepting side takes the connection: its answer leaves. */
  accept(): void {
    this.enter('open')
    this.enqueue(OPEN_CHUNK, this.link.arrival(this.net.sim.nowMs, 0))
  }

  /** A partition healed: what was held up comes after a retransmission timeout. */
  healed(): void {
    const { queue, sim } = this.net
    if (this.held.length > 0) queue.push(sim.nowMs + this.other.link.rtoMs, this, EVENT.resume)
    if (this.full) queue.push(sim.nowMs + this.other.link.rtoMs, this, EVENT.drain)
  }

  onEvent(kind: number, value: number, payload: unknown): void {
    switch (kind) {
      case EVENT.arrive:
        return this.arrive(payload as Chunk)
      case EVENT.resume:
        return this.resume()
      case EVENT.drain:
        return this.drain()
      case EVENT.check:
        return this.check(value)
      case EVENT.reset:
        return this.reset(payload as string)
      case EVENT.closed:
        return this.report(value === 1 ? undefined : (payload as string))
      case EVENT.syn:
        return this.synArrives()
      case EVENT.failed:
        return this.fail('DIAL_FAILED', `cannot connect to ${this.address}: ${payload as string}`)
      case EVENT.timeout:
        return this.fail('TIMEOUT', `${this.address} did not answer in time`)
      case EVENT.cut:
        return this.cut(payload as string)
    }
  }

  private sendOrdered(chunk: Chunk): void {
    const { link, net } = this
    const now = net.sim.nowMs
    const extra = link.retransmissions(chunk.length)
    const at = extra === undefined ? 0 : (net.passes(this, chunk.length) ?? link.cutAt(chunk.length))
    if (at !== undefined) {
      // The carrier breaks with this chunk: whatever is written later is lost.
      this.broken = true
      chunk.length = at
      net.noteFault('cut', this)
    }
    const arrival = link.arrival(now, chunk.length) + (extra ?? link.rtoMs)
    this.enqueue(chunk, arrival)
    if (at !== undefined) net.queue.push(this.other.lastArrivalMs, this, EVENT.cut, 0, 'the connection broke')
  }

  private sendDatagram(chunk: Chunk): void {
    const { link, net } = this
    const { queue, sim } = net
    const arrival = link.arrival(sim.nowMs, chunk.length) + link.detour()
    if (link.duplicates()) {
      const copy = net.chunks.copy(chunk.buffer, 0, chunk.length)
      queue.push(link.arrival(sim.nowMs, copy.length) + link.detour(), this.other, EVENT.arrive, 0, copy)
    }
    if (link.loses()) net.chunks.release(chunk)
    else queue.push(arrival, this.other, EVENT.arrive, 0, chunk)
  }

  private enqueue(chunk: Chunk, arrival: number): void {
    const { other } = this
    other.lastArrivalMs = Math.max(arrival, other.lastArrivalMs)
    other.unreadBytes += chunk.length
    this.net.queue.push(other.lastArrivalMs, other, EVENT.arrive, 0, chunk)
  }

  private arrive(chunk: Chunk): void {
    const { link } = this.other
    if (this.state === 'closed' || this.state === 'closing') return this.arriveTooLate(chunk)
    if (!this.ordered) {
      if (link.blocked || this.owner === undefined) return this.net.chunks.release(chunk)
      return this.deliver(chunk)
    }
    if (link.blocked || this.link.blocked) this.other.suspect()
    if (this.held.length > 0 || this.paused || this.owner === undefined || link.blocked) this.held.push(chunk)
    else this.deliver(chunk)
  }

  private arriveTooLate(chunk: Chunk): void {
    this.net.chunks.release(chunk)
    if (this.state === 'closing' || this.other.state === 'closed') return
    // A dead host says nothing; one that lives knows no such connection.
    if (!this.host.up && this.host.silent) this.other.suspect()
    else this.sendReset('the peer knows no such connection')
  }

  private deliver(chunk: Chunk): void {
    const { net, owner } = this
    if (chunk.kind === CHUNK.open) {
      if (this.state !== 'connecting') return
      this.state = 'open'
      net.traceEnd('open', this)
      owner?.endOpen(this)
      return
    }
    if (chunk.kind === CHUNK.fin) {
      this.leave()
      if (this.other.state === 'closing') this.other.leave()
      this.report(undefined)
      return
    }
    this.took(chunk.length)
    net.traceData(this, chunk)
    const split = this.ordered ? this.other.link.splitAt(chunk.length) : undefined
    if (split !== undefined) owner?.endData(this, chunk.buffer, 0, split)
    if (this.state === 'open') owner?.endData(this, chunk.buffer, split ?? 0, chunk.length)
    net.chunks.release(chunk)
  }

  private took(bytes: number): void {
    this.unreadBytes -= this.ordered ? bytes : 0
    const { other, net } = this
    if (!other.full || this.unreadBytes > LIMITS.carrierHighWaterBytes / 2 || this.link.blocked) return
    net.queue.push(this.link.arrival(net.sim.nowMs, 0), other, EVENT.drain)
  }

  private resume(): void {
    while (this.held.length > 0 && !this.paused && this.owner !== undefined && !this.other.link.blocked) {
      this.deliver(this.held.shift() as Chunk)
    }
  }

  private drain(): void {
    if (!this.full || this.state !== 'open' || this.other.unreadBytes > LIMITS.carrierHighWaterBytes / 2) return
    this.full = false
    this.owner?.endDrained(this)
  }

  /** Nothing of what was sent is acknowledged: the carrier breaks unless that changes. */
  private suspect(): void {
    if (this.suspectSinceMs !== undefined) return
    const now = this.net.sim.nowMs
    this.suspectSinceMs = now
    this.net.queue.push(now + SILENCE_MS, this, EVENT.check, now)
  }

  private check(sinceMs: number): void {
    this.suspectSinceMs = undefined
    if (this.state === 'closed') return
    const stuck = (link: Link): boolean => link.blocked && link.blockedSinceMs <= sinceMs
    const { host } = this.other
    const dead = !host.up && host.silent
    if (!dead && !stuck(this.link) && !stuck(this.other.link)) return
    this.sendReset('the peer gave up')
    this.leave()
    this.report('nothing was acknowledged for too long')
  }

  private sendReset(reason: string): void {
    const { net, other } = this
    if (other.state === 'closed' || other.state === 'idle') return
    other.lastArrivalMs = Math.max(other.lastArrivalMs, this.link.arrival(net.sim.nowMs, 0))
    net.queue.push(other.lastArrivalMs, other, EVENT.reset, 0, reason)
  }

  private reset(reason: string): void {
    // Lost in a partition: this side learns of it when it writes next.
    if (this.state === 'closed' || this.other.link.blocked) return
    if (this.state === 'connecting') return this.fail('DIAL_FAILED', `cannot connect to ${this.address}: ${reason}`)
    const wasOpen = this.state === 'open'
    this.leave()
    if (wasOpen) this.report(reason)
  }

  private synArrives(): void {
    if (this.state !== 'connecting') return
    const { net, link } = this
    const target = net.hostAt(this.address)
    const lost = link.blocked || (target !== undefined && !target.up && target.silent) || link.loses()
    if (lost) {
      net.queue.push(net.sim.nowMs + 1000 * 2 ** this.tries++, this, EVENT.syn)
      return
    }
    if (net.acceptAt(this.address, this)) return
    net.queue.push(this.other.link.arrival(net.sim.nowMs, 0), this, EVENT.failed, 0, 'nobody listens there')
  }

  private fail(code: ErrorCode, text: string): void {
    if (this.state !== 'connecting') return
    this.sendReset('the peer gave up')
    this.leave()
    this.net.traceEnd('failed', this)
    this.owner?.endFailed(this, code, text)
  }

  private report(reason: string | undefined): void {
    this.net.traceEnd('closed', this)
    if (this.owner === undefined) this.unreported = { reason }
    else this.owner.endClosed(this, reason)
  }

  private enter(state: 'open' | 'connecting'): void {
    this.state = state
    this.host.ends.add(this)
  }

  private leave(): void {
    this.state = 'closed'
    this.release()
    this.host.ends.delete(this)
  }

  private release(): void {
    for (const chunk of this.held) this.net.chunks.release(chunk)
    this.held.length = 0
  }
}
