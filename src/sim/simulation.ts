import { HyphaeError } from '../core/errors.js'
import { bindCreateNode } from '../node/api/create-node.js'
import type { HyphaeNode } from '../node/api/node.js'
import type { NodeOptions } from '../node/api/options.js'
import type { NodePorts } from '../node/api/ports.js'
import type { EngineConfig } from '../node/engine/config.js'
import type { Kem } from '../ports/crypto.js'
import type { Kernels } from '../ports/kernels.js'
import type { LocalCredentials, PeerCertificates } from '../protocols/handshake/context.js'
import { FakeAuthority, FakeCertificates, type FakeRoot } from './crypto/identity.js'
import { createFakeKem } from './crypto/kem.js'
import { createFakeKernels } from './crypto/kernels.js'
import { createFakePublicKey } from './crypto/public-key.js'
import { applyFault, type FaultPlan } from './faults.js'
import type { LinkConditions } from './net/conditions.js'
import type { SimHost } from './net/host.js'
import { SimTransport } from './net/transport.js'
import { SimNode } from './node/node.js'
import { SIM_EPOCH_MS, VirtualClock } from './time/clock.js'
import { World, type WorldOptions } from './world.js'

/** Options of {@link createSimulation}. */
export interface SimulationOptions extends WorldOptions {
  /** Engine configuration of every node; a node may have its own on top. */
  readonly config?: Partial<EngineConfig>
  /** AEAD and BLAKE3. Default: quick stand-ins of equal sizes without security. Pass `loadKernels()` for the real ones. */
  readonly kernels?: Kernels
  /** KEM. Default: a quick stand-in of equal sizes without security. */
  readonly kem?: Kem
  /** Name of the network; nodes of different ones do not understand each other. Default `simulation`. */
  readonly network?: string
}

/** What one node has of its own. */
export interface SimNodeOptions {
  readonly config?: Partial<EngineConfig>
  /** Time a save takes, ms. Default 1; false for a node without a store. */
  readonly diskMs?: number | false
  /** Credentials of another making, such as an impostor's. Default: genuine ones of its own. */
  readonly credentials?: LocalCredentials
  /** Verifier of peers' certificates. Default: one that knows the simulation's authority. */
  readonly certificates?: () => PeerCertificates
}

/**
 * A world of nodes that run the production machines under virtual time. Equal seeds give equal runs, whatever the
 * machine; {@link World.traceHash} proves it.
 */
export class Simulation extends World {
  readonly kernels: Kernels
  readonly kem: Kem
  readonly networkId: Uint8Array
  /** Issues the nodes' certificates. */
  readonly authority: FakeAuthority
  /** Nodes in the order in which they were added. */
  readonly nodes: SimNode[] = []
  private readonly byName = new Map<string, SimNode>()
  private readonly roots = new Map<string, FakeRoot>()
  private readonly bareHosts = new Map<string, SimHost>()
  private portSets = 0

  constructor(private readonly options: SimulationOptions = {}) {
    super(options)
    this.kernels = options.kernels ?? createFakeKernels()
    this.kem = options.kem ?? createFakeKem(this.random.fork('kem'))
    this.networkId = this.kernels.blake3.deriveKey('hyphae 2026 simulated network', nameBytes(options.network ?? ''))
    this.authority = new FakeAuthority(this.kem, this.networkId)
  }

  /** Adds a node and starts it. It listens at `sim://name`. @throws HyphaeError INVALID_ARGUMENT for a name in use */
  addNode(name: string, options: SimNodeOptions = {}): SimNode {
    if (this.byName.has(name)) throw new HyphaeError('INVALID_ARGUMENT', `there is a node ${name} already`)
    const { diskMs = 1, credentials = this.issue(name), certificates } = options
    const node = new SimNode({
      world: this,
      host: this.network.addHost(name),
      kernels: this.kernels,
      kem: this.kem,
      networkId: this.networkId,
      credentials,
      certificates: certificates ?? (() => new FakeCertificates(this.authority)),
      config: { ...this.options.config, ...options.config },
      diskMs: diskMs === false ? undefined : diskMs,
    })
    this.nodes.push(node)
    this.byName.set(name, node)
    return node
  }

  /** Adds `count` nodes named `prefix0`, `prefix1`, … */
  addNodes(count: number, prefix = 'n', options: SimNodeOptions = {}): SimNode[] {
    return Array.from({ length: count }, (_, i) => this.addNode(`${prefix}${i}`, options))
  }

  /** The node of a name. @throws HyphaeError INVALID_ARGUMENT */
  node(name: string): SimNode {
    const node = this.byName.get(name)
    if (node === undefined) throw new HyphaeError('INVALID_ARGUMENT', `there is no node ${name}`)
    return node
  }

  /** New credentials for the identity of a name, valid from now. */
  issue(name: string, lifetimeMs?: number): LocalCredentials {
    let root = this.roots.get(name)
    if (root === undefined) {
      root = this.authority.root(this.random.fork(`root/${name}`))
      this.roots.set(name, root)
    }
    const random = this.random.fork(`static/${name}/${this.nowMs}`)
    return this.authority.issue(root, random, Math.floor(SIM_EPOCH_MS + this.nowMs) - ISSUED_BEFORE_MS, lifetimeMs)
  }

  /** Ports for nodes of `createNode` on a host of their own in this simulation; the same name gives the same host. */
  ports(name: string): NodePorts {
    const host = this.bareHosts.get(name) ?? this.network.addHost(name)
    this.bareHosts.set(name, host)
    const clock = new VirtualClock(this, this.queue)
    const random = this.random.fork(`ports/${name}/${this.portSets++}`)
    return {
      runtime: 'simulation',
      clock,
      defer: this.defer,
      random,
      kernels: () => this.kernels,
      publicKey: () => createFakePublicKey(this.kem, random),
      transports: () => [() => new SimTransport(this.network, host, clock)],
    }
  }

  /**
   * `createNode` of the package inside this simulation, on a host of this name: virtual time, `sim://` addresses. Await
   * it and whatever the node answers by {@link World.wait}, which lets the time pass.
   *
   * @example
   * ```ts
   * const sim = createSimulation()
   * const shop = await sim.wait(sim.createNode('shop', { listen: ['sim://shop'] }))
   * ```
   */
  createNode(name: string, options: NodeOptions = {}): Promise<HyphaeNode> {
    return bindCreateNode(this.ports(name))(options)
  }

  /**
   * Connects each node with `degree` (even) others, at random. There must be more than `degree` nodes.
   * Returns the pairs; the first of each dials.
   */
  connectRandomly(degree: number, nodes: readonly SimNode[] = this.nodes): [SimNode, SimNode][] {
    const random = this.random.fork('topology')
    const order = random.shuffle(nodes)
    const half = Math.floor((order.length - 1) / 2)
    // Rings of different strides: each gives every node two neighbours, the first one makes the graph connected.
    const strides = [1, ...random.shuffle(Array.from({ length: half - 1 }, (_, i) => i + 2))].slice(0, degree / 2)
    const pairs: [SimNode, SimNode][] = []
    for (const stride of strides) {
      for (const [i, a] of order.entries()) pairs.push([a, order[(i + stride) % order.length]])
    }
    for (const [a, b] of pairs) a.connect(b)
    return pairs
  }

  // Faults.

  /** Separates groups of nodes; nodes in no group form one of their own. */
  partition(...groups: readonly (readonly SimNode[])[]): void {
    this.network.partition(groups.map(group => group.map(node => node.host)))
  }

  /** Blocks what `from` sends to `to`, and nothing else. */
  block(from: SimNode, to: SimNode): void {
    this.network.block(from.host, to.host)
  }

  /** Ends all partitions. */
  heal(): void {
    this.network.heal()
  }

  /** Cuts all connections between two nodes; they may connect again. Returns how many there were. */
  cut(a: SimNode, b: SimNode): number {
    return this.network.cut(a.host, b.host)
  }

  /** Cuts the connection between two nodes once `bytes` more have been sent on it, in both directions together. */
  cutAfter(a: SimNode, b: SimNode, bytes: number): void {
    this.network.cutAfter(a.host, b.host, bytes)
  }

  /** Changes the conditions between two nodes, in one direction only where `oneWay`. */
  link(a: SimNode, b: SimNode, changes: Partial<LinkConditions>, oneWay = false): void {
    this.network.setLink(a.host, b.host, changes, oneWay)
  }

  /** Changes the conditions of all links that have none of their own. */
  links(changes: Partial<LinkConditions>): void {
    this.network.setDefaults(changes)
  }

  /** Schedules faults. @throws HyphaeError INVALID_ARGUMENT when a step names an unknown node, at once */
  plan(faults: FaultPlan): void {
    for (const fault of faults) {
      const act = applyFault(this, fault)
      this.at(this.nowMs + fault.afterMs, act)
    }
  }
}

/**
 * Makes a simulation.
 *
 * @example
 * ```ts
 * const sim = createSimulation({ seed: 42, link: { latencyMs: 50, loss: 0.01 } })
 * const [a, b] = sim.addNodes(2)
 * b.handle('echo', request => request.body)
 * a.connect(b)
 * const answer = a.request(b, 'echo', 'hello')
 * sim.run(1000)
 * answer.body // the bytes of 'hello'; sim.traceHash() is the same in every run
 * ```
 */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  return new Simulation(options)
}

/** Certificates are valid from a while ago, so that small differences of clocks do no harm. */
const ISSUED_BEFORE_MS = 3_600_000

const nameBytes = (name: string): Uint8Array => Uint8Array.from(name, character => character.charCodeAt(0) & 255)
