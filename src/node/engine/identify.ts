import { decodeIdentify, encodeIdentify } from '../../protocols/identify/messages.js'
import { LIMITS } from '../../core/limits.js'
import { isPlausibleAddress } from '../../protocols/identify/plausible.js'
import type { Core, PeerState } from './core.js'

/** Name of the message by which both sides introduce themselves. */
export const IDENTIFY = 'hyphae/identify'

/** An introduction that could not be sent by then is out of date, ms. */
const LIFETIME_MS = 10_000

/** Tells every new session who runs here and where we can be reached, and hears the same from the peer. */
export class Identify {
  constructor(private readonly core: Core) {}

  /** Sends our introduction. */
  introduce(peer: PeerState): void {
    const { config } = this.core
    const body = encodeIdentify({
      agent: config.agent,
      addresses: config.advertise,
      observed: peer.connection?.address ?? '',
    })
    peer.sendOwn(IDENTIFY, body, 1, LIFETIME_MS)
  }

  /** Takes the peer's introduction; one that cannot be read is ignored. */
  receive(peer: PeerState, name: string, body: Uint8Array): void {
    const identity = name === IDENTIFY ? decodeIdentify(body) : undefined
    const { connection } = peer
    if (identity === undefined || connection === undefined) return
    if (++connection.introductions > LIMITS.maxIntroductions) return
    peer.agent = identity.agent
    const host = connection.link?.info?.host ?? ''
    const own = this.core.config.advertise
    const addresses = identity.addresses.filter(one => !own.includes(one) && isPlausibleAddress(one, host))
    for (const address of addresses) this.core.dialing.learn(peer.id, address)
    this.core.sink.onIdentified(peer.id, identity.agent, addresses, identity.observed)
  }
}
