import type { DialStep } from '../../protocols/dial/history.js'
import type { ConnectionState, DialAttempt, PeerState } from './core.js'
import { failure } from './failures.js'
import type { Failure } from './sink.js'

/** Why a peer that a list or ban is against is not dialled. */
export const DENIED = failure('PEER_DENIED', 'a list or ban of ours is against this peer')

/** The session of a peer that is ours to bring to another carrier, because we dialled it. */
export function ownSession(peer: PeerState | undefined): ConnectionState | undefined {
  return peer?.connection?.session.side === 'initiator' ? peer.connection : undefined
}

/** An attempt that has not begun. */
export function blank(deadlineMs: number): DialAttempt {
  return {
    peer: undefined,
    attach: undefined,
    addresses: [],
    usesBook: true,
    address: undefined,
    tokens: [],
    deadlineMs,
    link: undefined,
    waitUntilMs: undefined,
    tries: 0,
    insists: false,
    patient: false,
    failure: undefined,
    done: false,
  }
}

/** Step of the way at which a failure of a handshake or dial happened. */
export function stepOf(step: 'dial' | 'handshake', reason: Failure): DialStep {
  if (reason.code.startsWith('CERTIFICATE') || reason.code === 'IDENTITY_MISMATCH') return 'certificate'
  if (reason.code === 'PEER_DENIED' || reason.code === 'RATE_LIMITED') return 'admission'
  return step
}
