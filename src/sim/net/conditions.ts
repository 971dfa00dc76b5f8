import { HyphaeError } from '../../core/errors.js'

/** How one direction of a link behaves. Probabilities are from 0 to 1 and are drawn for each chunk or datagram. */
export interface LinkConditions {
  /** One-way delay, ms. Default 20. */
  readonly latencyMs: number
  /** Further delay, evenly spread from 0 to this, ms. Default 0. */
  readonly jitterMs: number
  /** Bytes a second; shared by all connections of the link. Default unlimited. */
  readonly bandwidth: number
  /**
   * Loss of packets of up to 1,400 bytes. Datagrams are gone; on ordered carriers the bytes and all behind them come
   * late, by retransmission timeouts that double, and after eight in a row the carrier breaks. Default 0.
   */
  readonly loss: number
  /** Datagrams that come twice. Default 0. */
  readonly duplicate: number
  /** Datagrams that are overtaken: they come up to four latencies later. Default 0. */
  readonly reorder: number
  /** Chunks and datagrams of which one bit is flipped. Default 0. */
  readonly bitFlip: number
  /** Chunks of an ordered carrier in whose midst the carrier is cut: a part of the chunk arrives, then both ends lose it. Default 0. */
  readonly cut: number
  /** Chunks of an ordered carrier that are handed over in two pieces, split at any byte. Default 0. */
  readonly fragment: number
}

/** Defaults of {@link LinkConditions}. */
export const LINK_DEFAULTS: LinkConditions = {
  latencyMs: 20,
  jitterMs: 0,
  bandwidth: Infinity,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  bitFlip: 0,
  cut: 0,
  fragment: 0,
}

const PROBABILITIES = ['loss', 'duplicate', 'reorder', 'bitFlip', 'cut', 'fragment'] as const

/**
 * Completes conditions and checks their ranges.
 * @throws HyphaeError INVALID_ARGUMENT naming the key, the value and the range
 */
export function conditions(given: Partial<LinkConditions>, base: LinkConditions = LINK_DEFAULTS): LinkConditions {
  const all = { ...base, ...given }
  for (const key of PROBABILITIES) if (!(all[key] >= 0 && all[key] <= 1)) throw outOfRange(key, all[key], '0 to 1')
  for (const key of ['latencyMs', 'jitterMs'] as const) {
    if (!(all[key] >= 0 && all[key] < Infinity)) throw outOfRange(key, all[key], '0 or more milliseconds')
  }
  if (!(all.bandwidth > 0)) throw outOfRange('bandwidth', all.bandwidth, 'more than 0 bytes a second')
  return all
}

function outOfRange(key: string, value: number, range: string): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', `${key} is ${value}; it must be ${range}`, {
    details: { key, value, range },
  })
}
