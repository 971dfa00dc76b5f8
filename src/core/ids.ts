import { HyphaeError } from './errors.js'
import { fromBase32, toBase32 } from './text.js'

/** Bytes of a peer id. */
export const PEER_ID_BYTES = 32
/** Characters of a peer id as text. */
export const PEER_ID_CHARS = 52

/** A peer's name as text: base32 lower case of 32 bytes, 52 characters. Compare with `===`, use as a map key. */
export type PeerId = string & { readonly __peerId: unique symbol }

/** The text form of 32 bytes. */
export function peerIdFromBytes(bytes: Uint8Array): PeerId {
  return toBase32(bytes) as PeerId
}

/** The 32 bytes of a peer id. */
export function peerIdToBytes(id: PeerId): Uint8Array {
  return fromBase32(id) as Uint8Array
}

/** Whether a text is a peer id. */
export function isPeerId(text: string): text is PeerId {
  return text.length === PEER_ID_CHARS && fromBase32(text)?.length === PEER_ID_BYTES
}

/**
 * Reads a peer id from text, as a user would paste it.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function parsePeerId(text: string): PeerId {
  if (isPeerId(text)) return text
  throw new HyphaeError('INVALID_ARGUMENT', `not a peer id: ${text.slice(0, 64)}`, {
    remedy: 'a peer id is 52 characters of a–z and 2–7, as node.id prints it',
  })
}
