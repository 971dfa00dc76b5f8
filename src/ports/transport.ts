import type { Clock, Defer } from './clock.js'

/** What a transport can do on this runtime. */
export interface TransportCapabilities {
  /** It can dial. */
  readonly dial: boolean
  /** It can listen. */
  readonly listen: boolean
  /** `ordered`: a reliable stream of bytes, chunk borders mean nothing. `datagram`: packets that may be lost, doubled, reordered. */
  readonly delivery: 'ordered' | 'datagram'
  /** Whether an accepted connection proves that the remote address is not spoofed. */
  readonly verifiesAddress: boolean
}

/** Where one connection ends, for limits, logs and diagnostics; it is not proof of identity. */
export interface CarrierInfo {
  /** Address that was dialled, or the remote one of an accepted carrier, as `tcp://203.0.113.7:4001`. */
  readonly remote: string
  /** Host part of the remote address, for limits per address; empty where there is none (memory). */
  readonly host: string
  /** Which side opened it. */
  readonly direction: 'inbound' | 'outbound'
  /** Name of the transport: `tcp`, `ws`, `memory`, … */
  readonly transport: string
  /** Delivery of the transport. */
  readonly delivery: 'ordered' | 'datagram'
  /** See {@link TransportCapabilities.verifiesAddress}. */
  readonly verifiesAddress: boolean
}

/** Called by a carrier. All calls come from the event loop, never from inside a call on the carrier. */
export interface CarrierEvents {
  /**
   * Bytes arrived in `buffer[from, to)`. The receiver may change them (it decrypts in place) and must not keep the buffer
   * after it returns: what it keeps it copies.
   */
  onData(buffer: Uint8Array, from: number, to: number): void
  /** A former {@link Carrier.write} answered false and the carrier can take more now. */
  onDrain(): void
  /** The carrier is gone; called once, nothing follows. `reason` is absent for an orderly end. */
  onClose(reason?: Error): void
}

/** One connection, whatever lies beneath. */
export interface Carrier {
  readonly info: CarrierInfo
  /** Binds the receiver; called once, right after the carrier is handed over. Data that came before is kept (bounded) until then. */
  bind(events: CarrierEvents): void
  /**
   * Sends `buffer[from, to)`. The bytes must stay unchanged until the peer acknowledged them or the carrier closed:
   * the session owns its buffers that long, so a transport need not copy.
   *
   * @returns false when the carrier is full: write no more until onDrain. The bytes were taken in either case. On a
   * carrier that is closing or closed the bytes are dropped and the answer is false; no onDrain follows then.
   */
  write(buffer: Uint8Array, from: number, to: number): boolean
  /**
   * Stops or resumes delivery: no onData comes between `pause(true)` and `pause(false)`. Where the runtime lets it, the
   * carrier stops reading from the network too: backpressure towards the peer. Elsewhere (browsers) it holds at most
   * `LIMITS.maxInboxBytes` and closes past that.
   */
  pause(paused: boolean): void
  /**
   * Ends the carrier: after flushing what was written, or at once when `abort` is set. onClose follows, no onData any
   * more. A peer that does not take the rest within `LIMITS.carrierLingerMs` is cut off.
   */
  close(abort?: boolean): void
}

/** A place where peers can reach this node. */
export interface Listener {
  /** Real address, with the port that was bound: `tcp://127.0.0.1:40123`. */
  readonly address: string
  /** Stops accepting; accepted carriers live on. Idempotent. */
  close(): Promise<void>
}

/** How to dial. */
export interface DialOptions {
  readonly signal?: AbortSignalLike
  /** Time until the carrier must be open, ms. Default: the transport's `connectionTimeoutMs`, 30,000. */
  readonly timeoutMs?: number
}

/** The part of AbortSignal that a port needs; the DOM type fits it. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  /** Hears of the abort. */
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  /** Hears no more. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A kind of connection. One file an adapter and runtime. */
export interface Transport {
  /** Short name for diagnostics: `ws`, `tcp`, `memory`. */
  readonly name: string
  /** Address schemes it serves, without `://`: `['ws', 'wss']`. */
  readonly schemes: readonly string[]
  readonly capabilities: TransportCapabilities
  /**
   * Opens a carrier.
   * @throws HyphaeError INVALID_ARGUMENT, DIAL_FAILED, TIMEOUT, ABORTED, PERMISSION, PIN_MISMATCH, CERTIFICATE_INVALID,
   * CERTIFICATE_EXPIRED, CERTIFICATE_REVOKED, UNSUPPORTED_RUNTIME (naming what to use)
   */
  dial(address: string, options: DialOptions): Promise<Carrier>
  /**
   * Accepts carriers at an address; port 0 takes a free one.
   * @throws HyphaeError INVALID_ARGUMENT, PERMISSION, UNSUPPORTED_RUNTIME (naming what to use)
   */
  listen(address: string, onCarrier: (carrier: Carrier) => void): Promise<Listener>
}

/** What a transport needs of its surroundings: it has no clock and no microtasks of its own. */
export interface TransportPorts {
  /** For timeouts. */
  readonly clock: Clock
  /** For calls that must not come from inside a call. */
  readonly defer: Defer
}

/**
 * What users configure: the node gives the ports when it starts.
 *
 * @example
 * ```ts
 * createNode({ transports: [tcp({ tls: { cert, key } }), websocket()] })
 * ```
 */
export type TransportFactory = (ports: TransportPorts) => Transport
