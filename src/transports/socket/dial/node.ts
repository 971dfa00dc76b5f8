import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { HyphaeError } from '../../../core/errors.js'
import type { Clock } from '../../../ports/clock.js'
import type { Address } from '../../../wire/address.js'
import { dialFailure } from '../../failures.js'
import type { TlsOptions } from '../../options.js'
import { judgePeer, secureContextOptions } from '../../tls/node.js'

/** Probes of an idle TCP connection begin after this long, ms: a peer that lost power is noticed at last. */
export const KEEP_ALIVE_MS = 30_000

/** What {@link openSocket} reports; exactly one of them. */
export interface SocketOutcome {
  open(socket: Socket): void
  failed(error: HyphaeError): void
}

/**
 * Connects to a host, with TLS 1.3 where `tls` is given, and judges the peer's certificate. The socket is handed over
 * paused by nature: nothing reads from it before its first listener.
 *
 * @returns what gives the attempt up
 */
export function openSocket(
  address: Address,
  text: string,
  tls: TlsOptions | undefined,
  clock: Clock,
  outcome: SocketOutcome,
): () => void {
  const socket = tls
    ? connectTls(tlsConnectOptions(address, tls))
    : connect({
        host: address.host,
        port: address.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      })
  const onError = (error: Error): void => outcome.failed(dialFailure(text, error))
  const onEarlyClose = (): void => outcome.failed(dialFailure(text, { code: 'ECONNRESET' }))
  const quiet = (): void => {
    socket.off('error', onError)
    socket.off('close', onEarlyClose)
  }
  socket.once('error', onError)
  socket.once('close', onEarlyClose)
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    const refusal = tls && judgePeer(socket as TLSSocket, tls, text, clock.now().wallMs)
    if (refusal) return outcome.failed(refusal)
    if (tls) {
      socket.setNoDelay(true)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
    }
    quiet()
    outcome.open(socket)
  })
  return () => {
    quiet()
    // An error may still be under way, for which nobody is responsible any more.
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

function tlsConnectOptions(address: Address, tls: TlsOptions): ConnectionOptions {
  const name = tls.serverName ?? address.host
  return {
    ...secureContextOptions(tls),
    host: address.host,
    port: address.port,
    // SNI carries names only (RFC 6066 §3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // With pins, judgePeer decides after the handshake, so that a swapped key is reported as such whatever its chain says.
    rejectUnauthorized: !tls.pins?.length,
  }
}
