import type { HandshakeContext } from './context.js'
import { CookieJar } from './macs.js'
import { ReplayCache } from './replay-cache.js'
import { IssuedTickets } from './tickets.js'

/** What all inbound handshakes of a node share, each part bounded. */
export class ResponderShared {
  readonly replay = new ReplayCache()
  readonly tickets = new IssuedTickets()
  readonly cookies: CookieJar
  /** KEM operations done for inbound handshakes: what a flood would have to buy. */
  kemOperations = 0
  private jobs = 0

  constructor(
    readonly context: HandshakeContext,
    /** Decapsulations that may wait for an asynchronous key at a time. */
    private readonly maxJobs = 64,
  ) {
    this.cookies = new CookieJar(context.kernels.blake3, context.random)
  }

  /** Takes a place for a decapsulation; false when all are taken. */
  beginJob(): boolean {
    if (this.jobs >= this.maxJobs) return false
    this.jobs++
    return true
  }

  /** Gives the place back. */
  endJob(): void {
    this.jobs--
  }
}
