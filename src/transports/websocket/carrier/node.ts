import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { CarrierInfo, TransportPorts } from '../../../ports/transport.js'
import { WebSocketCarrier } from '../carrier.js'

/** Puts a carrier on an open connection of `ws`; the socket beneath tells when it has drained. */
export function carrierOnWs(ws: WebSocket, socket: Socket, info: CarrierInfo, ports: TransportPorts): WebSocketCarrier {
  const carrier = new WebSocketCarrier(
    {
      tellsDrain: true,
      send: chunk => ws.send(chunk, ignore),
      bufferedBytes: () => ws.bufferedAmount,
      close: (code, reason) => ws.close(code, reason),
      cut: () => ws.terminate(),
      pause: paused => (paused ? ws.pause() : ws.resume()),
    },
    info,
    ports,
  )
  let failure: Error | undefined
  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) carrier.received(data as Buffer)
    else carrier.receivedText()
  })
  ws.on('error', error => (failure ??= error))
  // `ws` reports what broke beneath it as a close without a reason.
  socket.on('error', error => (failure ??= error))
  ws.on('close', code => carrier.ended(code, failure))
  socket.on('drain', () => carrier.drained())
  return carrier
}

/** A failed send is followed by the close event, which tells why. */
function ignore(): void {}
