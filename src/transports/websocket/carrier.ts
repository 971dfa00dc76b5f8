import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { Carrier, CarrierEvents, CarrierInfo, TransportPorts } from '../../ports/transport.js'
import { cutCarrier, lostCarrier } from '../failures.js'
import { Inbox } from '../inbox.js'

/** Largest message sent: far below what any receiver refuses, large enough that its header costs nothing. */
const CHUNK_BYTES = LIMITS.maxWebSocketMessageBytes / 4
/** How often a runtime without a drain event is asked whether it sent enough, ms; only while a writer waits. */
const DRAIN_CHECK_MS = 5

/** Close codes of RFC 6455 §7.4, and one of the private range for an end that was cut. */
export const CLOSE_CODES = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  noStatus: 1005,
  tooBig: 1009,
  cut: 4001,
} as const

/** What a carrier needs of a runtime's WebSocket. */
export interface WebSocketPort {
  /** Sends one binary message. The view is not kept after the bytes were sent. */
  send(chunk: Uint8Array): void
  /** Bytes given to `send` that are not yet with the operating system. */
  bufferedBytes(): number
  /** Starts the closing handshake after what was sent. */
  close(code: number, reason: string): void
  /** Ends the connection at once, as far as the runtime lets us. */
  cut(): void
  /** Stops or resumes reading; absent where the runtime cannot. */
  pause?(paused: boolean): void
  /** Whether the adapter calls {@link WebSocketCarrier.drained}; otherwise the carrier asks again and again while a writer waits. */
  readonly tellsDrain: boolean
}

/**
 * A WebSocket as an ordered stream of bytes: the borders of messages mean nothing, a text message ends it. The adapter
 * of a runtime feeds it by {@link received}, {@link receivedText}, {@link drained} and {@link ended}.
 */
export class WebSocketCarrier implements Carrier {
  readonly info: CarrierInfo
  readonly #socket: WebSocketPort
  readonly #ports: TransportPorts
  readonly #inbox: Inbox
  #events: CarrierEvents | undefined
  #full = false
  #closing = false
  #gone = false
  #reason: Error | undefined
  #cancelLinger: (() => void) | undefined
  #cancelCheck: (() => void) | undefined

  constructor(socket: WebSocketPort, info: CarrierInfo, ports: TransportPorts) {
    this.info = info
    this.#socket = socket
    this.#ports = ports
    this.#inbox = new Inbox(ports.defer, LIMITS.maxInboxBytes)
    socket.pause?.(true)
  }

  bind(events: CarrierEvents): void {
    this.#events = events
    this.#inbox.bind(events)
    if (!this.#gone) this.#socket.pause?.(false)
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.#closing || this.#gone) return false
    for (let at = from; at < to; at += CHUNK_BYTES) {
      const end = Math.min(at + CHUNK_BYTES, to)
      this.#socket.send(at === 0 && end === buffer.length ? buffer : buffer.subarray(at, end))
    }
    this.#full = this.#socket.bufferedBytes() > LIMITS.carrierHighWaterBytes
    if (this.#full && !this.#socket.tellsDrain) this.#checkLater()
    return !this.#full
  }

  pause(paused: boolean): void {
    this.#inbox.pause(paused)
    if (this.#events && !this.#closing && !this.#gone) this.#socket.pause?.(paused)
  }

  close(abort = false): void {
    if (this.#gone) return
    if (abort) {
      this.#fail(cutCarrier(this.info.remote))
    } else if (!this.#closing) {
      this.#beginClose(CLOSE_CODES.normal, '')
    }
  }

  /** A binary message; its bytes belong to the carrier from now on. */
  received(bytes: Uint8Array): void {
    if (this.#closing || this.#gone) return
    if (bytes.length > LIMITS.maxWebSocketMessageBytes) {
      this.#fail(violation(`a message of ${bytes.length} bytes; ${LIMITS.maxWebSocketMessageBytes} are allowed`))
    } else if (!this.#inbox.push(bytes, 0, bytes.length)) {
      const message = `more than ${LIMITS.maxInboxBytes} bytes came while nobody read, and this runtime cannot stop reading`
      this.#fail(new HyphaeError('LIMIT_EXCEEDED', message, { details: { limit: 'maxInboxBytes' } }))
    }
  }

  /** A text message: not of this protocol. */
  receivedText(): void {
    if (this.#closing || this.#gone) return
    this.#reason = violation('a text message on a carrier of bytes')
    this.#beginClose(CLOSE_CODES.unsupportedData, 'binary only')
  }

  /** The runtime sent what was waiting. */
  drained(): void {
    if (!this.#full || this.#closing || this.#gone) return
    if (this.#socket.bufferedBytes() > LIMITS.carrierHighWaterBytes / 4) return
    this.#full = false
    this.#events?.onDrain()
  }

  /** The runtime reports the end, with the close code of RFC 6455 and what went wrong, if anything did. */
  ended(code: number, error?: Error): void {
    if (this.#gone) return
    this.#release()
    const orderly = code === CLOSE_CODES.normal || code === CLOSE_CODES.goingAway || code === CLOSE_CODES.noStatus
    // Our own close is orderly however the runtime calls it, unless something broke underneath.
    const fine = orderly || (this.#closing && !error && code !== CLOSE_CODES.cut)
    const what = error?.message ?? (code === CLOSE_CODES.cut ? 'the peer cut it' : `WebSocket close code ${code}`)
    this.#reason ??= fine ? undefined : lostCarrier(this.info.remote, what, error)
    this.#inbox.end(this.#reason)
  }

  #beginClose(code: number, reason: string): void {
    this.#closing = true
    this.#inbox.discard()
    const { clock } = this.#ports
    this.#cancelLinger = clock.wakeAt(clock.now().monoMs + LIMITS.carrierLingerMs, () =>
      this.#fail(lostCarrier(this.info.remote, 'it did not take the rest in time')),
    )
    this.#socket.close(code, reason)
    // The peer's answer must be read for the end to be seen.
    this.#socket.pause?.(false)
  }

  #fail(reason: Error): void {
    this.#release()
    this.#reason ??= reason
    this.#inbox.fail(this.#reason)
    this.#socket.cut()
  }

  #release(): void {
    this.#gone = true
    this.#cancelLinger?.()
    this.#cancelCheck?.()
  }

  #checkLater(): void {
    if (this.#cancelCheck) return
    const { clock } = this.#ports
    this.#cancelCheck = clock.wakeAt(clock.now().monoMs + DRAIN_CHECK_MS, () => {
      this.#cancelCheck = undefined
      this.drained()
      if (this.#full && !this.#gone) this.#checkLater()
    })
  }
}

function violation(what: string): HyphaeError {
  return new HyphaeError('PROTOCOL_VIOLATION', `the peer sent ${what}`)
}
