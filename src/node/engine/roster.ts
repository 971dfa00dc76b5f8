import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Core } from './core.js'
import { failure } from './failures.js'
import { Identify } from './identify.js'
import { Peer } from './peer.js'

/** The peers a node remembers, a bounded number, in the order in which they were last connected. */
export class Roster {
  private readonly peers = new Map<PeerId, Peer>()
  private readonly identify: Identify

  constructor(
    private readonly core: Core,
    /** Receive states of peers that are not in the table: stored ones, and those of peers that were forgotten. */
    private readonly inboxes: Map<PeerId, Uint8Array>,
    private readonly onForgotten: (peer: Peer) => void,
  ) {
    this.identify = new Identify(core)
  }

  /** Peers remembered. */
  get size(): number {
    return this.peers.size
  }

  /** Receive states kept for peers that are not remembered. */
  get inboxCount(): number {
    return this.inboxes.size
  }

  get(id: PeerId): Peer | undefined {
    return this.peers.get(id)
  }

  /** A peer, made known if it was not. */
  ensure(id: PeerId): Peer {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      this.makeRoom()
      peer = this.newPeer(id)
      this.peers.set(id, peer)
      // From here on the receive state is the peer's own: the stored one would soon be out of date.
      this.inboxes.delete(id)
    }
    return peer
  }

  all(): IterableIterator<Peer> {
    return this.peers.values()
  }

  /** Puts a peer last in the order in which they are forgotten. */
  used(peer: Peer): void {
    this.peers.delete(peer.id)
    this.peers.set(peer.id, peer)
  }

  private newPeer(id: PeerId): Peer {
    const stored = this.inboxes.get(id)
    try {
      return new Peer(this.core, id, this.identify, stored)
    } catch (error) {
      if (stored === undefined) throw error
      this.core.incident('store', id, undefined, failure('MALFORMED', 'the stored receive state cannot be read'))
      return new Peer(this.core, id, this.identify, undefined)
    }
  }

  /** The peer longest gone makes room. What it was already handed stays known, so that nothing is handed up twice. */
  private makeRoom(): void {
    if (this.peers.size < this.core.config.maxRememberedPeers) return
    for (const [id, peer] of this.peers) {
      if (peer.connected || peer.kept || peer.busy || peer.hasWork) continue
      this.peers.delete(id)
      this.onForgotten(peer)
      this.keepInbox(id, peer.delivery.inboxState())
      return
    }
  }

  private keepInbox(id: PeerId, state: Uint8Array | undefined): void {
    if (state === undefined) return
    for (const oldest of this.inboxes.keys()) {
      if (this.inboxes.size < LIMITS.maxStoredInboxes) break
      this.inboxes.delete(oldest)
    }
    this.inboxes.set(id, state)
  }
}
