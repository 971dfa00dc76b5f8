import { LIMITS } from '../../core/limits.js'
import { decodeMsgpack, encodeMsgpack } from '../../wire/msgpack.js'

/** What a node says of itself at the begin of a session. */
export interface Identity {
  /** Program and version, ≤ 128 characters. */
  readonly agent: string
  /** Where it can be reached. */
  readonly addresses: readonly string[]
  /** The address it sees us at: a hint for nodes behind NAT. */
  readonly observed: string
}

const MAX_AGENT_CHARS = 128

/** Encodes an introduction. */
export function encodeIdentify(identity: Identity): Uint8Array {
  return encodeMsgpack({
    agent: identity.agent.slice(0, MAX_AGENT_CHARS),
    addresses: identity.addresses.slice(0, LIMITS.maxPeerAddresses),
    observed: identity.observed.slice(0, LIMITS.maxAddressChars),
  })
}

/** Reads an introduction; undefined where it is malformed. Addresses beyond the limit are cut off. */
export function decodeIdentify(body: Uint8Array): Identity | undefined {
  const result = decodeMsgpack(body, 0, body.length, { maxDepth: 3, maxItems: 64 })
  if (!result.ok) return undefined
  const { value } = result
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined
  const { agent, addresses, observed } = value as Record<string, unknown>
  if (typeof agent !== 'string' || typeof observed !== 'string' || !Array.isArray(addresses)) return undefined
  const known = addresses.filter((a): a is string => typeof a === 'string' && isAddressText(a))
  return {
    agent: plain(agent.slice(0, MAX_AGENT_CHARS)),
    addresses: known.slice(0, LIMITS.maxPeerAddresses),
    observed: plain(observed.slice(0, LIMITS.maxAddressChars)),
  }
}

/** Without what moves cursors and changes colours: the text is shown to people, in terminals too. */
function plain(text: string): string {
  return [...text].map(character => (isControl(character) ? '\ufffd' : character)).join('')
}

function isAddressText(text: string): boolean {
  return text.length > 0 && text.length <= LIMITS.maxAddressChars && ![...text].some(isControl)
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  const isBidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || isBidi
}
