import { wipe } from '../../core/bytes.js'
import type { PeerId } from '../../core/ids.js'
import type { HeldTicket } from '../../protocols/handshake/initiator.js'
import type { SessionTicket } from '../../protocols/session/sink.js'
import type { ConnectionState, Core, TicketsPart } from './core.js'

/** Peers whose tickets are kept; the oldest make room. */
const MAX_PEERS = 4096

/** Tickets that peers gave us, the newest of each peer, each used once. */
export class HeldTickets implements TicketsPart {
  private readonly tickets = new Map<PeerId, { ticket: HeldTicket; endMs: number }>()

  constructor(private readonly core: Core) {}

  /** Keeps a ticket of the peer at the other end of a connection. */
  keep(connection: ConnectionState, ticket: SessionTicket): void {
    const { certificate } = connection.established
    if (certificate === undefined) return
    this.forget(certificate.peerId)
    for (const peer of this.tickets.keys()) {
      if (this.tickets.size < MAX_PEERS) break
      this.forget(peer)
    }
    const held = { id: ticket.id, key: ticket.key, certificate }
    this.tickets.set(certificate.peerId, { ticket: held, endMs: this.core.time.monoMs + ticket.lifetimeMs })
  }

  /** Takes the ticket for a peer out, if there is a live one. */
  take(peer: PeerId): HeldTicket | undefined {
    const entry = this.tickets.get(peer)
    this.tickets.delete(peer)
    if (entry === undefined) return undefined
    const { core } = this
    const valid = entry.endMs > core.time.monoMs && entry.ticket.certificate.notAfterMs > core.time.wallMs
    if (valid) return entry.ticket
    wipe(entry.ticket.key)
    return undefined
  }

  /** Tickets held. */
  get size(): number {
    return this.tickets.size
  }

  /** Wipes all tickets. */
  close(): void {
    for (const peer of [...this.tickets.keys()]) this.forget(peer)
  }

  /** Whether there is a ticket for a peer. */
  has(peer: PeerId): boolean {
    return this.tickets.has(peer)
  }

  /** Drops the ticket of a peer. */
  forget(peer: PeerId): void {
    wipe(this.tickets.get(peer)?.ticket.key)
    this.tickets.delete(peer)
  }
}
