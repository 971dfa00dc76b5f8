import { setTimeout as sleep } from 'node:timers/promises'
import { Member } from './member.js'

/** Members up to this number are all connected with each other; more form a ring with chords. */
const FULL_UP_TO = 8

/** Longest time until both ends of every connection know of it, ms. */
const SETTLE_MS = 2000

/** One connection of the mesh as its dialling side saw it come about. */
export interface Link {
  readonly from: number
  readonly to: number
  readonly transport: string
  readonly handshakeMs: number
}

/** The nodes of the demonstration. */
export class Mesh {
  readonly links: Link[] = []

  private constructor(readonly members: readonly Member[]) {}

  /** Starts the nodes, each in a directory of its own under this one, and connects them. */
  static async start(count: number, directory: string): Promise<Mesh> {
    const mesh = new Mesh(Array.from({ length: count }, (_, i) => new Member(i + 1, directory)))
    try {
      for (const member of mesh.members) await member.start()
      await mesh.connect()
      await mesh.settle()
      return mesh
    } catch (error) {
      await mesh.stop()
      throw error
    }
  }

  /** The first node: it sends. */
  get first(): Member {
    return this.members[0]
  }

  /** The last node: it receives, dies and comes back. */
  get last(): Member {
    return this.members[this.members.length - 1]
  }

  /** Ends all nodes in good order. */
  async stop(): Promise<void> {
    await Promise.all(this.members.filter(member => member.node !== undefined).map(member => member.stop()))
  }

  private async connect(): Promise<void> {
    for (const member of this.members) {
      for (const other of this.neighboursOf(member)) await this.link(member, other)
    }
  }

  /** The side that was dialled hears a moment later that the handshake is whole. */
  private async settle(): Promise<void> {
    const ends = (): number => this.members.reduce((sum, member) => sum + member.connected, 0)
    const deadlineMs = performance.now() + SETTLE_MS
    while (ends() < 2 * this.links.length && performance.now() < deadlineMs) await sleep(5)
  }

  private async link(from: Member, to: Member): Promise<void> {
    from.node.once('peer:connect', ({ transport, handshakeMs }) => {
      this.links.push({ from: from.number, to: to.number, transport, handshakeMs })
    })
    const peer = await from.node.connect(to.fullAddress)
    from.node.keep(peer)
  }

  /** Those a member dials: every later one, or in a large mesh those 1, 2, 4, … places behind it. */
  private neighboursOf(member: Member): Member[] {
    const later = this.members.slice(member.number)
    if (this.members.length <= FULL_UP_TO) return later
    return later.filter(other => Number.isInteger(Math.log2(other.number - member.number)))
  }
}
