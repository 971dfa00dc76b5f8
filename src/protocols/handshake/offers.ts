import { PROTOCOL_VERSION } from '../../wire/handshake.js'
import { CIPHER, type Offer } from '../../wire/offer.js'

/**
 * The responder's choice from an offer: a cipher both have and the features both have, with the responder's own limits.
 *
 * @returns undefined when there is nothing in common
 */
export function select(own: Offer, offered: Offer): Offer | undefined {
  const ciphers = own.ciphers & offered.ciphers & CIPHER.chacha20poly1305
  const version = Math.min(own.maxVersion, offered.maxVersion)
  if (ciphers === 0 || version < own.minVersion || version < offered.minVersion) return undefined
  return { ...own, minVersion: version, maxVersion: version, ciphers, features: own.features & offered.features }
}

/** Whether a selection stays inside what we offered; anything else means an edited offer or a broken peer. */
export function isSelectionOf(selected: Offer, own: Offer): boolean {
  const inRange = selected.minVersion === selected.maxVersion && selected.minVersion >= own.minVersion
  const oneCipher = selected.ciphers === CIPHER.chacha20poly1305 && (own.ciphers & selected.ciphers) !== 0
  return inRange && selected.maxVersion <= own.maxVersion && oneCipher && (selected.features & ~own.features) === 0
}

/**
 * What to do with an unauthenticated hint that the responder speaks other versions: the highest common version, never
 * below the minimum ever agreed with this peer, so that a forged hint cannot lower it.
 */
export function versionAfterHint(
  lowest: number,
  highest: number,
  storedMinimum: number,
  own: { readonly min: number; readonly max: number } = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION },
): number | undefined {
  const version = Math.min(highest, own.max)
  return version >= Math.max(lowest, own.min, storedMinimum) ? version : undefined
}
