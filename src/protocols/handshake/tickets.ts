import { wipe } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import { toHex } from '../../core/text.js'
import type { RemoteCertificate } from './context.js'

interface IssuedTicket {
  readonly key: Uint8Array
  readonly certificate: RemoteCertificate
  readonly endMs: number
}

/** Tickets this node issued. Each opens one resumption: it is deleted when it is first shown (PROTOCOL §6 row 17). */
export class IssuedTickets {
  private readonly tickets = new Map<string, IssuedTicket>()
  /** Names of the tickets of each peer, oldest first. */
  private readonly ofPeer = new Map<string, readonly string[]>()

  constructor(private readonly maxTickets: number = LIMITS.maxTickets) {}

  /** Keeps a ticket; the oldest makes room. */
  add(id: Uint8Array, key: Uint8Array, certificate: RemoteCertificate, endMs: number): void {
    if (this.tickets.size >= this.maxTickets) {
      const oldest = this.tickets.keys().next().value
      if (oldest !== undefined) this.drop(oldest)
    }
    const name = toHex(id)
    this.tickets.set(name, { key, certificate, endMs })
    const { peerId } = certificate
    const names = this.ofPeer.get(peerId) ?? []
    // A peer that comes again and again would push out everybody else's.
    if (names.length >= LIMITS.maxTicketsOfPeer) this.drop(names[0])
    this.ofPeer.set(peerId, [...(this.ofPeer.get(peerId) ?? []), name])
  }

  /** Takes a ticket out. @returns undefined for one that is unknown, used or expired */
  take(id: Uint8Array, monoMs: number): IssuedTicket | undefined {
    const name = toHex(id)
    const ticket = this.tickets.get(name)
    this.remove(name)
    if (ticket === undefined) return undefined
    if (ticket.endMs > monoMs) return ticket
    wipe(ticket.key)
    return undefined
  }

  /** Voids the tickets of a peer, for instance when its certificate is revoked. */
  revoke(peerId: string): void {
    for (const name of this.ofPeer.get(peerId) ?? []) this.drop(name)
  }

  private drop(name: string): void {
    wipe(this.tickets.get(name)?.key)
    this.remove(name)
  }

  private remove(name: string): void {
    const ticket = this.tickets.get(name)
    if (ticket === undefined) return
    this.tickets.delete(name)
    const { peerId } = ticket.certificate
    const others = (this.ofPeer.get(peerId) ?? []).filter(other => other !== name)
    if (others.length === 0) this.ofPeer.delete(peerId)
    else this.ofPeer.set(peerId, others)
  }
}
