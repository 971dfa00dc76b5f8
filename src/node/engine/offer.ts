import { PROTOCOL_VERSION } from '../../wire/handshake.js'
import { CIPHER, FEATURE, type Offer } from '../../wire/offer.js'
import type { MuxLimits } from '../../protocols/mux/config.js'
import type { EngineConfig } from './config.js'

/** What this node offers in handshakes. */
export function ownOffer(config: EngineConfig, incarnation: number, compresses: boolean): Offer {
  const tickets = config.issueTickets ? FEATURE.tickets : 0
  return {
    minVersion: PROTOCOL_VERSION,
    maxVersion: PROTOCOL_VERSION,
    ciphers: CIPHER.chacha20poly1305,
    features: FEATURE.attach | tickets | (compresses ? FEATURE.deflate : 0),
    maxDataBytes: config.mux.maxDataBytes,
    maxStreamBytes: config.mux.maxStreamBytes,
    maxStreams: config.mux.maxStreams,
    maxMessageBytes: config.delivery.maxMessageBytes,
    idleTimeoutMs: config.idleTimeoutMs,
    maxDatagramBytes: config.mux.maxDatagramBytes,
    incarnation,
  }
}

/** The peer's limits out of its offer or selection, raised to what a multiplexer needs at the least. */
export function muxLimitsOf(offer: Offer): MuxLimits {
  return {
    maxDataBytes: Math.max(offer.maxDataBytes, 1),
    maxStreamBytes: Math.max(offer.maxStreamBytes, 1),
    maxStreams: offer.maxStreams,
    maxDatagramBytes: Math.min(offer.maxDatagramBytes, 65_535),
  }
}
