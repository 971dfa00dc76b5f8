import { DEFAULT_ADMISSION } from '../../protocols/admission/config.js'
import { type DeliveryConfig, resolveDeliveryConfig } from '../../protocols/delivery/config.js'
import { DEFAULT_MUX_LIMITS } from '../../protocols/mux/config.js'
import { ENGINE_DEFAULTS, type EngineConfig } from '../engine/config.js'
import type { NodeOptions } from './options.js'

/** What a user configured, as the engine wants it. The options have been checked. */
export function engineConfigOf(options: NodeOptions, hasStore: boolean): Partial<EngineConfig> {
  const d = ENGINE_DEFAULTS
  const maxStreamBytes = options.streamWindowBytes ?? DEFAULT_MUX_LIMITS.maxStreamBytes
  return {
    hasStore,
    isPublic: options.isPublic ?? d.isPublic,
    agent: options.agent ?? d.agent,
    maxPeers: options.maxPeers ?? d.maxPeers,
    poolSize: options.connectionPoolSize ?? d.poolSize,
    connectTimeoutMs: options.connectionTimeoutMs ?? d.connectTimeoutMs,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? d.handshakeTimeoutMs,
    idleTimeoutMs: options.maxIdleTimeoutMs ?? d.idleTimeoutMs,
    pingIntervalMs: options.keepAliveIntervalMs ?? d.pingIntervalMs,
    pingTimeoutMs: options.pingTimeoutMs ?? d.pingTimeoutMs,
    admission: { ...DEFAULT_ADMISSION, ...options.admission },
    limitMessages: options.admission?.messageRate !== undefined || options.admission?.messageByteRate !== undefined,
    mux: {
      ...DEFAULT_MUX_LIMITS,
      maxStreamBytes,
      // A session narrower than one of its streams would only make that stream's window a lie.
      maxDataBytes: Math.max(options.sessionWindowBytes ?? DEFAULT_MUX_LIMITS.maxDataBytes, maxStreamBytes),
      maxStreams: options.maxConcurrentStreams ?? DEFAULT_MUX_LIMITS.maxStreams,
    },
    delivery: resolveDeliveryConfig(deliveryOf(options)),
  }
}

const DELIVERY_KEYS = [
  'maxMessageBytes',
  'maxQueuedMessages',
  'maxQueuedBytes',
  'maxConcurrentRequests',
  'maxBatchMessages',
  'batchDelayMs',
  'compress',
  'compressionThresholdBytes',
] as const

function deliveryOf(options: NodeOptions): Partial<DeliveryConfig> {
  return Object.fromEntries(DELIVERY_KEYS.filter(key => options[key] !== undefined).map(key => [key, options[key]]))
}
