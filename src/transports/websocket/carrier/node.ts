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
  answerPings(ws)
  ws.on('error', error => (failure ??= error))
  // `ws` reports what broke beneath it as a close without a reason.
  socket.on('error', error => (failure ??= error))
  ws.on('close', code => carrier.ended(code, failure))
  socket.on('drain', () => carrier.drained())
  return carrier
}

/**
 * Answers pings, with one pong on its way at a time: who pings and does not read would otherwise make us hold an answer
 * to each. Only the most recent of several is answered then, as RFC 6455 §5.5.3 allows.
 */
function answerPings(ws: WebSocket): void {
  let busy = false
  let owed: Buffer | undefined
  const answer = (data: Buffer): void => {
    busy = true
    ws.pong(data, undefined, () => {
      busy = false
      const next = owed
      owed = undefined
      if (next !== undefined && ws.readyState === ws.OPEN) answer(next)
    })
  }
  ws.on('ping', data => {
    if (busy) owed = Buffer.from(data)
    else if (ws.readyState === ws.OPEN) answer(data)
  })
}

/** A failed send is followed by the close event, which tells why. */
function ignore(): void {}
