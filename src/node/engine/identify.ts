import { decodeIdentify, encodeIdentify } from '../../protocols/identify/messages.js'
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
    const { config, time } = this.core
    const body = encodeIdentify({
      agent: config.agent,
      addresses: config.advertise,
      observed: peer.connection?.address ?? '',
    })
    peer.ignoreNextStatus(1)
    peer.delivery.send(IDENTIFY, body, { qos: 1, priority: 1, lifetimeMs: LIFETIME_MS }, time)
  }

  /** Takes the peer's introduction; one that cannot be read is ignored. */
  receive(peer: PeerState, name: string, body: Uint8Array): void {
    const identity = name === IDENTIFY ? decodeIdentify(body) : undefined
    if (identity === undefined) return
    peer.agent = identity.agent
    for (const address of identity.addresses) this.core.dialing.learn(peer.id, address)
    this.core.sink.onIdentified(peer.id, identity.agent, identity.addresses, identity.observed)
  }
}
