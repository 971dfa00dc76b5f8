import { HyphaeError } from '../../core/errors.js'
import type { CarrierInfo } from '../../ports/transport.js'
import type { EventQueue } from '../time/queue.js'
import type { SeededRandom } from '../time/random.js'
import type { Trace } from '../trace/trace.js'
import { type Chunk, ChunkPool } from './chunk.js'
import { conditions, type LinkConditions } from './conditions.js'
import { End, type EndNetwork, type EndOwner } from './end.js'
import { SimHost } from './host.js'
import { Link } from './link.js'

/** Takes connections that others dial. */
export interface Acceptor {
  /** A connection came; bind an owner to the end in this call, or it stays unread. */
  accepted(end: End, info: CarrierInfo): void
}

/** An address that somebody has; nobody accepts there while its host is down. */
interface Door {
  readonly host: SimHost
  acceptor: Acceptor | undefined
}

/** What the network needs of the simulation. */
export interface NetworkHome {
  readonly nowMs: number
  readonly queue: EventQueue
  readonly trace: Trace
}

/** Codes of network events in the trace. */
const TRACED = { data: 1, open: 2, closed: 3, failed: 4, fault: 5 } as const

/** Addresses of the simulated network: `sim://name` is ordered, `simd://name` carries datagrams. */
export const SIM_SCHEMES = { ordered: 'sim', datagram: 'simd' } as const

/** Hosts, links between them and what goes wrong there. */
export class SimNetwork implements EndNetwork {
  readonly chunks = new ChunkPool()
  readonly queue: EventQueue
  readonly hosts: SimHost[] = []
  /** Faults injected so far, by kind. */
  readonly faults: Record<string, number> = {}
  private readonly links = new Map<number, Link>()
  private readonly oneWay = new Set<number>()
  private readonly doors = new Map<string, Door>()
  private defaults: LinkConditions
  private ends = 0
  private budget: { readonly a: SimHost; readonly b: SimHost; left: number } | undefined

  constructor(
    readonly sim: NetworkHome,
    private readonly random: SeededRandom,
    defaults: Partial<LinkConditions>,
  ) {
    this.queue = sim.queue
    this.defaults = conditions(defaults)
  }

  /** Adds a host. */
  addHost(name: string): SimHost {
    const host = new SimHost(this.hosts.length, name)
    this.hosts.push(host)
    return host
  }

  /** Makes `host` accept at an address. */
  listen(host: SimHost, address: string, acceptor: Acceptor): void {
    const taken = this.doors.get(address)?.host
    // Anybody may take the address of a host that is down.
    if (taken !== undefined && taken !== host && taken.up) {
      throw new HyphaeError('INVALID_ARGUMENT', `${address} is taken by ${taken.name}`)
    }
    this.doors.set(address, { host, acceptor })
  }

  /** Ends accepting at an address. */
  unlisten(host: SimHost, address: string): void {
    if (this.doors.get(address)?.host === host) this.doors.delete(address)
  }

  /** The host that has an address, running or not. */
  hostAt(address: string): SimHost | undefined {
    return this.doors.get(address)?.host
  }

  /** Dials: `endOpen` or `endFailed` of the owner follow. An address that nobody has is refused after a round trip to nowhere. */
  dial(from: SimHost, target: string, owner: EndOwner, tag: number, timeoutMs: number): End {
    const address = withoutPeer(target)
    const ordered = !address.startsWith(`${SIM_SCHEMES.datagram}://`)
    const to = this.hostAt(address)
    const out = this.link(from.index, to?.index ?? NOWHERE)
    const back = this.link(to?.index ?? NOWHERE, from.index)
    const id = this.ends
    this.ends += 2
    const shape = { transport: ordered ? 'sim' : 'simd', delivery: ordered ? 'ordered' : 'datagram' } as const
    const common = { ...shape, verifiesAddress: ordered }
    const scheme = address.slice(0, address.indexOf('://'))
    const near: CarrierInfo = { ...common, remote: address, host: to?.ip ?? '', direction: 'outbound' }
    const remote = `${scheme}://${from.ip}:${49_152 + (id % 16_384)}`
    const far: CarrierInfo = { ...common, remote, host: from.ip, direction: 'inbound' }
    const end = new End(this, id, from, near, out, address, ordered)
    end.other = new End(this, id + 1, to ?? from, far, back, address, ordered)
    end.other.other = end
    end.owner = owner
    end.tag = tag
    end.dial(timeoutMs)
    return end
  }

  /** A first packet reached an address; answers whether somebody accepts there. */
  acceptAt(address: string, dialled: End): boolean {
    const door = this.doors.get(address)
    if (door?.acceptor === undefined || !door.host.up || door.host !== dialled.peer) return false
    dialled.other.accept()
    door.acceptor.accepted(dialled.other, dialled.other.info)
    return true
  }

  /** Changes the conditions of all links that were not given their own. */
  setDefaults(changes: Partial<LinkConditions>): void {
    const before = this.defaults
    this.defaults = conditions(changes, before)
    for (const link of this.links.values()) if (link.conditions === before) link.conditions = this.defaults
  }

  /** Changes the conditions from `a` to `b`, and back unless `oneWay`. */
  setLink(a: SimHost, b: SimHost, changes: Partial<LinkConditions>, oneWay = false): void {
    const link = this.link(a.index, b.index)
    link.conditions = conditions(changes, link.conditions)
    if (!oneWay) this.setLink(b, a, changes, true)
  }

  /** Hosts of different groups reach each other no more; those in no group form one of their own. */
  partition(groups: readonly (readonly SimHost[])[]): void {
    for (const host of this.hosts) host.group = 0
    for (const [i, group] of groups.entries()) for (const host of group) host.group = i + 1
    this.apply()
  }

  /** Blocks what `a` sends to `b`; the other direction stays open. */
  block(a: SimHost, b: SimHost): void {
    this.oneWay.add(key(a.index, b.index))
    this.apply()
  }

  /** Ends all partitions. */
  heal(): void {
    for (const host of this.hosts) host.group = 0
    this.oneWay.clear()
    this.apply()
    for (const host of this.hosts) for (const end of host.ends) end.healed()
  }

  /** Cuts every connection between two hosts. */
  cut(a: SimHost, b: SimHost, reason = 'the connection was cut'): number {
    const between = [...a.ends].filter(end => end.peer === b)
    for (const end of between) end.cut(reason)
    return between.length
  }

  /**
   * Cuts the connection between two hosts that sends the byte after the next `bytes` ones, right before that byte: for
   * tests that try every place.
   */
  cutAfter(a: SimHost, b: SimHost, bytes: number): void {
    this.budget = { a, b, left: bytes }
  }

  /** Bytes of a chunk that pass before such a cut; undefined when all do. */
  passes(end: End, length: number): number | undefined {
    const { budget } = this
    if (budget === undefined) return undefined
    const from = end.host
    const to = end.other.host
    if (!((from === budget.a && to === budget.b) || (from === budget.b && to === budget.a))) return undefined
    budget.left -= length
    if (budget.left >= 0) return undefined
    this.budget = undefined
    return budget.left + length
  }

  /** Takes a host down. */
  crash(host: SimHost, silent: boolean): void {
    host.up = false
    host.silent = silent
    for (const end of [...host.ends]) end.vanish(silent)
    for (const door of this.doors.values()) if (door.host === host) door.acceptor = undefined
  }

  /** Brings a host back; whoever runs on it listens anew. */
  restart(host: SimHost): void {
    host.up = true
    host.silent = false
  }

  /** Notes an injected fault. */
  noteFault(kind: string, end: End): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1
    this.traceEnd('fault', end)
    if (this.sim.trace.keeps) this.note(end, kind, '')
  }

  /** Traces a delivery. */
  traceData(end: End, chunk: Chunk): void {
    const { trace, nowMs } = this.sim
    trace.event(TRACED.data, end.host.index, nowMs)
    trace.mix(end.id)
    trace.bytes(chunk.buffer, 0, chunk.length)
    if (trace.keeps) this.note(end, 'data', `${chunk.length} bytes`)
  }

  /** Traces what happens to a connection. */
  traceEnd(what: 'open' | 'closed' | 'failed' | 'fault', end: End): void {
    const { trace, nowMs } = this.sim
    trace.event(TRACED[what], end.host.index, nowMs)
    trace.mix(end.id)
    if (trace.keeps && what !== 'fault') this.note(end, what, '')
  }

  private note(end: End, event: string, detail: string): void {
    const path = `${end.other.host.name} → ${end.host.name} #${end.id >>> 1}`
    this.sim.trace.note(this.sim.nowMs, end.host.name, event, detail === '' ? path : `${path}: ${detail}`)
  }

  private link(from: number, to: number): Link {
    const at = key(from, to)
    let link = this.links.get(at)
    if (link === undefined) {
      link = new Link(this.defaults, this.random.fork(at))
      this.links.set(at, link)
      link.block(this.isBlocked(from, to), this.sim.nowMs)
    }
    return link
  }

  private apply(): void {
    for (const [at, link] of this.links) {
      link.block(this.isBlocked(Math.floor(at / MAX_HOSTS), at % MAX_HOSTS), this.sim.nowMs)
    }
  }

  private isBlocked(from: number, to: number): boolean {
    if (this.oneWay.has(key(from, to))) return true
    const a = this.hosts[from]
    const b = this.hosts[to]
    return a !== undefined && b !== undefined && a.group !== b.group
  }
}

const MAX_HOSTS = 2 ** 24
const NOWHERE = MAX_HOSTS - 1

const key = (from: number, to: number): number => from * MAX_HOSTS + to

/** An address without the peer it names. */
export function withoutPeer(address: string): string {
  const at = address.indexOf('#')
  return at < 0 ? address : address.slice(0, at)
}
