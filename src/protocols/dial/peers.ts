import type { PeerId } from '../../core/ids.js'
import { AddressList } from './addresses.js'
import type { DialConfig } from './config.js'
import type { DialAttempt } from './history.js'

/** Everything known about how to reach one peer. */
export class DialPeer {
  readonly addresses: AddressList
  /** Oldest first. */
  readonly history: DialAttempt[] = []
  kept = false
  /** Address of the connection there is; '' for one the peer opened; undefined: not connected. */
  connectedBy: string | undefined
  connectedAtMs = 0

  constructor(
    readonly id: PeerId,
    private readonly config: DialConfig,
  ) {
    this.addresses = new AddressList(config.maxAddresses)
  }

  /** Remembers an attempt, the oldest makes room. */
  remember(attempt: DialAttempt): void {
    if (this.history.length >= this.config.maxHistory) this.history.shift()
    this.history.push(attempt)
  }

  get isDialling(): boolean {
    return this.addresses.all.some(entry => entry.dialling)
  }

  /** When it should be dialled without being asked (monoMs). */
  get dueMs(): number | undefined {
    return this.kept && this.connectedBy === undefined ? this.addresses.notBeforeMs() : undefined
  }

  /** Whether forgetting it would break a promise. */
  get isNeeded(): boolean {
    return this.kept || this.connectedBy !== undefined || this.isDialling
  }

  /** Whether a connection ever came about, or the user named an address. */
  get isValued(): boolean {
    return this.addresses.all.some(entry => entry.successOrder > 0 || entry.source === 'user')
  }
}

/** The peers of the address book, a bounded number, in the order of last use. */
export class PeerBook {
  private readonly peers = new Map<PeerId, DialPeer>()

  constructor(private readonly config: DialConfig) {}

  get size(): number {
    return this.peers.size
  }

  find(id: PeerId): DialPeer | undefined {
    return this.peers.get(id)
  }

  all(): Iterable<DialPeer> {
    return this.peers.values()
  }

  /** Finds or adds a peer and counts that as use; undefined where the book is full of peers that are needed. */
  use(id: PeerId): DialPeer | undefined {
    let peer = this.peers.get(id)
    if (peer === undefined) {
      if (this.peers.size >= this.config.maxPeers && !this.dropOne()) return undefined
      peer = new DialPeer(id, this.config)
    } else this.peers.delete(id)
    this.peers.set(id, peer)
    return peer
  }

  /** Forgets a peer. */
  drop(id: PeerId): void {
    this.peers.delete(id)
  }

  /** Forgets the longest unused peer nobody ever reached, else the longest unused: what peers tell does not push out what works. */
  private dropOne(): boolean {
    let spare: PeerId | undefined
    for (const [id, peer] of this.peers) {
      if (peer.isNeeded) continue
      if (!peer.isValued) return this.peers.delete(id)
      spare ??= id
    }
    return spare !== undefined && this.peers.delete(spare)
  }
}
