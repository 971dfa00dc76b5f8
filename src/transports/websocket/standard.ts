import type { CarrierInfo, TransportPorts } from '../../ports/transport.js'
import { CLOSE_CODES, WebSocketCarrier } from './carrier.js'

/** The part of the WHATWG WebSocket that hyphae uses; the class of every runtime fits it, and that of `ws`. */
export interface StandardWebSocket {
  binaryType: string
  readonly readyState: number
  /** Absent in some edge runtimes. */
  readonly bufferedAmount?: number
  /** Sends one binary message. */
  send(data: Uint8Array<ArrayBuffer>): void
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void
  /** Ends the connection without a closing handshake; browsers have nothing like it. */
  terminate?(): void
  /** Hears that the connection is open. */
  addEventListener(type: 'open', listener: () => void): void
  /** Hears each message. */
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  /** Hears of the end, once. */
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
  /** Hears of a failure, before the end. */
  addEventListener(type: 'error', listener: (event: unknown) => void): void
}

const OPEN = 1

/** Puts a carrier on a standard WebSocket that is open already. Its binaryType must have been set to `arraybuffer`. */
export function carrierOnStandard(
  socket: StandardWebSocket,
  info: CarrierInfo,
  ports: TransportPorts,
): WebSocketCarrier {
  const carrier = new WebSocketCarrier(
    {
      tellsDrain: false,
      // The types of the DOM exclude views on shared memory, which no caller hands to a carrier.
      send: chunk => socket.send(chunk as Uint8Array<ArrayBuffer>),
      bufferedBytes: () => (socket.readyState === OPEN ? (socket.bufferedAmount ?? 0) : 0),
      close: (code, reason) => closeQuietly(socket, code, reason),
      cut: () => (socket.terminate ? socket.terminate() : closeQuietly(socket, CLOSE_CODES.cut)),
    },
    info,
    ports,
  )
  let failure: Error | undefined
  socket.addEventListener('message', ({ data }) => {
    if (data instanceof ArrayBuffer) carrier.received(new Uint8Array(data))
    else if (data instanceof Uint8Array) carrier.received(data)
    else carrier.receivedText()
  })
  socket.addEventListener('error', event => (failure ??= errorOf(event)))
  socket.addEventListener('close', ({ code }) => carrier.ended(code, failure))
  return carrier
}

/** What an error event tells, which in browsers is nothing at all. */
export function errorOf(event: unknown): Error {
  const { error, message } = event as { error?: unknown; message?: unknown }
  if (error instanceof Error) return error
  return new Error(typeof message === 'string' && message !== '' ? message : 'the WebSocket failed')
}

/** Starts the closing handshake. */
export function closeQuietly(socket: StandardWebSocket, code: number = CLOSE_CODES.normal, reason = ''): void {
  try {
    // Browsers let a page send 1000 and 3000–4999 only.
    socket.close(code === CLOSE_CODES.unsupportedData ? 4003 : code, reason)
  } catch {
    // Some edge runtimes throw when the connection broke a moment ago; its close event is on the way.
  }
}
