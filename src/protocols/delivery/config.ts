import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'

/** What a node decides about its messages to and from one peer. */
export interface DeliveryConfig {
  /** Largest body sent or accepted, bytes. Default 1 MiB, at least 1,024. */
  readonly maxMessageBytes: number
  /** Messages and requests to one peer that are not final yet. Default 65,536. */
  readonly maxQueuedMessages: number
  /** Their bodies together, bytes. Default 16 MiB. */
  readonly maxQueuedBytes: number
  /** Requests of the peer that may be at work here at once. Default 256. */
  readonly maxConcurrentRequests: number
  /** Their bodies together, bytes. Default 16 MiB. */
  readonly maxConcurrentRequestBytes: number
  /** Longest time a request of the peer may be at work here, whatever it asks for, ms. Default 600,000. */
  readonly maxRequestTimeoutMs: number
  /** Messages written after which a flush is asked for at once. Default 64. */
  readonly maxBatchMessages: number
  /**
   * How long one-way messages of the priorities 1–3 wait for company, ms. Default 0: they are written at once and
   * leave when the engine flushes at the end of the turn.
   */
  readonly batchDelayMs: number
  /** Whether bodies are compressed where the call does not say. Default false: see README, "Compression". */
  readonly compress: boolean
  /** Smallest body that is compressed, bytes. Default 1,024. */
  readonly compressionThresholdBytes: number
  /** Whether what was handled is saved through the sink before a qos-2 message is acknowledged. Default false. */
  readonly durableInbox: boolean
  /** Time until a failed save is tried again, ms. Default 1,000. */
  readonly saveRetryMs: number
  /** Longest wait of an acknowledgement while more messages stand in line, ms. Default 5. */
  readonly ackDelayMs: number
  /** Messages handled after which such an acknowledgement waits no longer. Default 32. */
  readonly maxAckDelayMessages: number
}

/** The defaults of {@link DeliveryConfig}. */
export const DELIVERY_DEFAULTS: DeliveryConfig = {
  maxMessageBytes: 1024 * 1024,
  maxQueuedMessages: 65_536,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxConcurrentRequests: 256,
  maxConcurrentRequestBytes: 16 * 1024 * 1024,
  maxRequestTimeoutMs: 600_000,
  maxBatchMessages: 64,
  batchDelayMs: 0,
  compress: false,
  compressionThresholdBytes: 1024,
  durableInbox: false,
  saveRetryMs: 1000,
  ackDelayMs: 5,
  maxAckDelayMessages: 32,
}

/** Lowest and highest value of each number, for the check and its error. */
const RANGES: readonly (readonly [key: keyof DeliveryConfig, least: number, most: number])[] = [
  ['maxMessageBytes', LIMITS.floorMessageBytes, 64 * 1024 * 1024],
  ['maxQueuedMessages', 1, 2 ** 24],
  ['maxQueuedBytes', 1, 2 ** 32],
  ['maxConcurrentRequests', 0, 65_536],
  ['maxConcurrentRequestBytes', 0, 2 ** 32],
  ['maxRequestTimeoutMs', 1, 86_400_000],
  ['maxBatchMessages', 1, 65_536],
  ['batchDelayMs', 0, 10_000],
  ['compressionThresholdBytes', 1, 64 * 1024 * 1024],
  ['saveRetryMs', 1, 3_600_000],
  ['ackDelayMs', 0, 1000],
  ['maxAckDelayMessages', 1, 65_536],
]

/**
 * Fills in the defaults and checks the ranges.
 *
 * @throws HyphaeError INVALID_CONFIG naming the key, the value and the range
 */
export function resolveDeliveryConfig(given: Partial<DeliveryConfig> = {}): DeliveryConfig {
  const config = { ...DELIVERY_DEFAULTS, ...given }
  for (const [key, least, most] of RANGES) {
    const value = config[key] as number
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new HyphaeError(
      'INVALID_CONFIG',
      `${key} is ${String(value)}: an integer from ${least} to ${most} is needed`,
      {
        details: { key, value, least, most },
      },
    )
  }
  return config
}
