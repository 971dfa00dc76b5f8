import type { Socket } from 'node:net'
import { LIMITS } from '../../../core/limits.js'
import type { Carrier, CarrierEvents, CarrierInfo, TransportPorts } from '../../../ports/transport.js'
import { cutCarrier, lostCarrier, systemCode } from '../../failures.js'

/**
 * A carrier on a connected `node:net` or `node:tls` socket. Backpressure is the stream's own in both directions: a
 * socket that nobody reads from stops reading from the network, which also bounds what is kept before `bind`.
 */
export class SocketCarrier implements Carrier {
  readonly info: CarrierInfo
  readonly #socket: Socket
  readonly #ports: TransportPorts
  #events: CarrierEvents | undefined
  #paused = false
  #full = false
  #closing = false
  #gone = false
  #reported = false
  #reason: Error | undefined
  #cancelLinger: (() => void) | undefined

  constructor(socket: Socket, info: CarrierInfo, ports: TransportPorts) {
    this.info = info
    this.#socket = socket
    this.#ports = ports
    socket.on('error', error => {
      this.#reason ??= lostCarrier(info.remote, error.message || (systemCode(error) ?? 'unknown error'), error)
    })
    socket.on('drain', () => this.#onDrain())
    // The peer sends no more. node:net ends our side too; what we wrote is still flushed, for as long as an own close.
    socket.on('end', () => this.#armLinger())
    socket.on('close', () => this.#onClose())
  }

  bind(events: CarrierEvents): void {
    this.#events = events
    if (this.#gone) {
      this.#ports.defer(() => this.#report())
      return
    }
    // The first reading happens on the next tick, so nothing is delivered from inside this call.
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (!this.#closing) events.onData(chunk, 0, chunk.length)
    })
    if (this.#paused) this.#socket.pause()
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    const socket = this.#socket
    if (this.#closing || this.#gone || !socket.writable) return false
    socket.write(from === 0 && to === buffer.length ? buffer : buffer.subarray(from, to))
    this.#full = socket.writableLength > LIMITS.carrierHighWaterBytes
    return !this.#full
  }

  pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    if (!this.#events || this.#closing || this.#gone) return
    if (paused) this.#socket.pause()
    else this.#socket.resume()
  }

  close(abort = false): void {
    if (this.#gone) return
    if (abort) this.#cut()
    else if (!this.#closing) {
      this.#closing = true
      this.#armLinger()
      this.#socket.end()
      // What the peer still sends is thrown away; it must be read for its end to be seen.
      this.#socket.resume()
    }
  }

  #cut(): void {
    this.#closing = true
    this.#reason ??= cutCarrier(this.info.remote)
    this.#cancelLinger?.()
    this.#socket.destroy()
  }

  #armLinger(): void {
    if (this.#cancelLinger || this.#gone) return
    const { clock } = this.#ports
    this.#cancelLinger = clock.wakeAt(clock.now().monoMs + LIMITS.carrierLingerMs, () => {
      this.#reason ??= lostCarrier(this.info.remote, 'it did not take the rest in time')
      this.#socket.destroy()
    })
  }

  #onDrain(): void {
    if (!this.#full || this.#closing || this.#gone) return
    this.#full = false
    this.#events?.onDrain()
  }

  #onClose(): void {
    this.#gone = true
    this.#cancelLinger?.()
    if (this.#events) this.#report()
  }

  #report(): void {
    if (this.#reported) return
    this.#reported = true
    this.#events?.onClose(this.#reason)
  }
}
