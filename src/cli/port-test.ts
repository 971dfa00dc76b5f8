import { connect } from 'node:net'
import { HyphaeError } from '../core/errors.js'

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: start the node, or check the port',
  ENOTFOUND: 'there is no host of that name: check the address',
  EAI_AGAIN: 'the name service does not answer: check the network of this machine',
  ENETUNREACH: 'this machine has no way to that network: check its network',
  EHOSTUNREACH: 'the host cannot be reached: check that it is on and its network',
}

/**
 * Whether a TCP port can be reached.
 *
 * @param at - `host:port`, IPv6 in brackets
 * @returns how long the connection took, ms
 * @throws HyphaeError INVALID_ARGUMENT, DIAL_FAILED where the port is closed, TIMEOUT where nobody answers, ABORTED
 */
export function testPort(
  at: { readonly host: string; readonly port: number },
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const { host, port } = at
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const socket = connect({ host, port })
    const leave = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
      socket.destroy()
      settle()
    }
    const interrupt = (): void => leave(() => reject(new HyphaeError('ABORTED', 'interrupted')))
    const timer = setTimeout(() => leave(() => reject(silent(where, timeoutMs))), timeoutMs)
    signal?.addEventListener('abort', interrupt, { once: true })
    socket.once('connect', () => leave(() => resolve(performance.now() - startedMs)))
    socket.once('error', cause => leave(() => reject(closed(where, cause))))
  })
}

function silent(where: string, timeoutMs: number): HyphaeError {
  return new HyphaeError('TIMEOUT', `${where} does not answer within ${timeoutMs} ms`, {
    remedy: 'a firewall drops the packets or the host is off: let the port through there and here',
    retryable: true,
  })
}

function closed(where: string, cause: NodeJS.ErrnoException): HyphaeError {
  const reason = cause.code ?? cause.message
  return new HyphaeError('DIAL_FAILED', `${where} is closed: ${reason}`, {
    cause,
    remedy: REMEDIES[reason] ?? 'check address and port',
    details: { reason },
  })
}
