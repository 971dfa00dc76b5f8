import type { Parts } from './compose.js'

/** Entries in the tables of an engine: what does not go back to where it was after peers came and went is a leak. */
export function sizesOf(core: Parts): Readonly<Record<string, number>> {
  const { links, peers, dialing, early, attaching, tickets, handshakes } = core
  return {
    links: links.size,
    pendingLinks: links.pendingSize,
    ...peers.sizes,
    ...dialing.sizes,
    attachIds: attaching.size,
    earlyRequests: early.size,
    earlyAnswers: early.answers.size,
    heldTickets: tickets.size,
    unconfirmed: handshakes.unconfirmedCount,
  }
}
