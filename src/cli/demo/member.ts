import { join } from 'node:path'
import type { HyphaeNode, Store, TransportFactory } from '../../index.js'
import { createNode } from '../../platform/node.js'
import { openFileStore } from '../../storage/file/node.js'
import { tcp } from '../../transports/tcp/node.js'
import { websocket } from '../../transports/websocket/node.js'
import { Samples } from '../samples.js'
import { Ledger } from './ledger.js'
import { Lifeline } from './severable.js'

/** Name of the network of the demonstration. */
export const NETWORK = 'hyphae-demo'

/** A node of the demonstration with its own directory; can be killed and come back. */
export class Member {
  readonly kind: 'ws' | 'tcp'
  /** Milliseconds of its handshakes. */
  readonly handshakes = new Samples()
  node!: HyphaeNode
  ledger!: Ledger
  /** Where it listens; the same after it came back. */
  address: string
  private lifeline = new Lifeline()

  /** @param number - 1 for the first; odd ones listen with WebSocket, even ones with TCP */
  constructor(
    readonly number: number,
    private readonly directory: string,
  ) {
    this.kind = number % 2 === 1 ? 'ws' : 'tcp'
    this.address = `${this.kind}://127.0.0.1:0`
  }

  /** Its address with its id, as one gives it to others. */
  get fullAddress(): string {
    return `${this.address}#${this.node.id}`
  }

  /** Peers it is connected with. */
  get connected(): number {
    return this.node.peers().filter(peer => peer.state === 'connected').length
  }

  /** Starts it, for the first time or again: with the identity and the state that its directory holds. */
  async start(): Promise<void> {
    this.lifeline = new Lifeline()
    this.ledger = new Ledger(await openFileStore(join(this.directory, `node-${this.number}`)))
    this.node = await demoNode(this.address, this.ledger, [
      this.lifeline.through(websocket()),
      this.lifeline.through(tcp()),
    ])
    this.address = this.node.addresses[0]
    this.node.on('peer:connect', ({ handshakeMs }) => this.handshakes.add(handshakeMs))
    this.node.handle('echo', body => body)
  }

  /** Kills it without a warning to anybody: sockets torn, nothing more written. */
  async kill(): Promise<void> {
    const { node, ledger, lifeline } = this
    const gone = lifeline.sever()
    await ledger.die()
    await gone
    // Only frees the timers of what is dead: it can neither send nor write.
    await node.close({ timeoutMs: 0 })
    await ledger.close()
  }

  /** Whether it was killed. */
  get isDead(): boolean {
    return this.lifeline.isCut
  }

  /** Ends it in good order. */
  async stop(timeoutMs = 1000): Promise<void> {
    if (this.isDead) return
    await this.node.close({ timeoutMs })
    await this.ledger.close()
  }
}

/** A node of the demonstration's network. All are on one machine, so limits per host would only meet ourselves. */
export function demoNode(
  listen: string,
  store: Store | undefined,
  transports: readonly TransportFactory[],
): Promise<HyphaeNode> {
  return createNode({
    network: NETWORK,
    listen: [listen],
    transports,
    maxIdleTimeoutMs: 0,
    admission: { exemptLoopback: true },
    ...(store === undefined ? {} : { store }),
  })
}
