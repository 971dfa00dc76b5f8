import { HyphaeError, isHyphaeError, type ErrorCode } from '../core/errors.js'
import { isPeerId, type PeerId } from '../core/ids.js'
import type { HyphaeNode } from '../node/api/node.js'
import { type DialStep, parseAddress } from '../index.js'

/** Why a target cannot be reached: the step that failed, the code, what to do. */
export interface Diagnosis {
  readonly step: DialStep
  readonly code: ErrorCode
  readonly text: string
  readonly remedy: string
  /** Who answers at the address instead, if somebody else does. */
  readonly answers?: PeerId
}

/** A peer id, or an address; a bare `host:port` means WebSocket. @throws HyphaeError INVALID_ARGUMENT */
export function targetOf(text: string): { readonly target: string; readonly peer: PeerId | undefined } {
  if (isPeerId(text)) return { target: text, peer: text }
  const { peerId } = parseAddress(text, 'ws')
  return { target: text.includes('://') ? text : `ws://${text}`, peer: peerId }
}

/**
 * Looks into a failed connection: what the node knows of the attempts and, where a peer was expected and somebody dropped
 * us, who it is that answers there.
 *
 * @param timeoutMs - for the second look
 */
export async function diagnose(
  node: HyphaeNode,
  target: string,
  peer: PeerId | undefined,
  error: unknown,
  timeoutMs: number,
): Promise<Diagnosis> {
  const failure = peer === undefined ? undefined : node.explain(peer).failure
  const found = failure ?? byCode(error)
  if (peer === undefined || isPeerId(target) || found.step !== 'handshake') return found
  const answers = await whoAnswers(node, target, timeoutMs)
  return answers === undefined || answers === peer ? found : mismatch(target, peer, answers)
}

/** The error of a diagnosis. */
export function errorOfDiagnosis({ code, text, remedy, step, answers }: Diagnosis): HyphaeError {
  return new HyphaeError(code, text, { remedy, details: { step, answers } })
}

function mismatch(target: string, expected: PeerId, answers: PeerId): Diagnosis {
  return {
    step: 'certificate',
    code: 'IDENTITY_MISMATCH',
    text: `${target.split('#')[0]} is answered by ${answers}, not by ${expected}`,
    remedy: 'check the peer id with its owner; if it is right, the address is wrong or somebody else took it',
    answers,
  }
}

/** Whoever answers at an address when nobody in particular is asked for; undefined where nobody does. */
async function whoAnswers(node: HyphaeNode, target: string, timeoutMs: number): Promise<PeerId | undefined> {
  const [address] = target.split('#') as [string]
  try {
    const peer = await node.connect(address, { timeoutMs })
    node.disconnect(peer)
    return peer
  } catch {
    return undefined
  }
}

const STEPS: Partial<Record<ErrorCode, DialStep>> = {
  INVALID_ARGUMENT: 'address',
  NO_ADDRESS: 'address',
  UNSUPPORTED_RUNTIME: 'address',
  DIAL_FAILED: 'dial',
  TIMEOUT: 'dial',
  HANDSHAKE_FAILED: 'handshake',
  CLOCK_SKEW: 'handshake',
  PEER_DENIED: 'admission',
  RATE_LIMITED: 'admission',
  LIMIT_EXCEEDED: 'admission',
}

function byCode(error: unknown): Diagnosis {
  if (!isHyphaeError(error)) throw error
  const { code, message, remedy } = error
  return {
    step: STEPS[code] ?? (code.startsWith('CERTIFICATE') ? 'certificate' : 'session'),
    code,
    text: message,
    remedy,
  }
}
