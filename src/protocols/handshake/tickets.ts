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

  constructor(private readonly maxTickets: number = LIMITS.maxTickets) {}

  /** Keeps a ticket; the oldest makes room. */
  add(id: Uint8Array, key: Uint8Array, certificate: RemoteCertificate, endMs: number): void {
    if (this.tickets.size >= this.maxTickets) {
      const oldest = this.tickets.keys().next().value
      if (oldest !== undefined) this.drop(oldest)
    }
    this.tickets.set(toHex(id), { key, certificate, endMs })
  }

  /** Takes a ticket out. @returns undefined for one that is unknown, used or expired */
  take(id: Uint8Array, monoMs: number): IssuedTicket | undefined {
    const name = toHex(id)
    const ticket = this.tickets.get(name)
    this.tickets.delete(name)
    if (ticket === undefined) return undefined
    if (ticket.endMs > monoMs) return ticket
    wipe(ticket.key)
    return undefined
  }

  /** Voids the tickets of a peer, for instance when its certificate is revoked. */
  revoke(peerId: string): void {
    for (const [name, ticket] of this.tickets) if (ticket.certificate.peerId === peerId) this.drop(name)
  }

  private drop(name: string): void {
    wipe(this.tickets.get(name)?.key)
    this.tickets.delete(name)
  }
}
