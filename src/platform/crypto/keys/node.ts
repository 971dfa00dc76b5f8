import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { wipe } from '../../../core/bytes.js'
import { type KeyKind, pkcs8, spki, spkiPrefixBytes } from '../der.js'

/** Name of the native primitives of Node in diagnostics. */
export const BACKEND = 'node:crypto'

/** A plain array in place of a Buffer, whose memory may be shared with others. */
export function own(buffer: Uint8Array): Uint8Array {
  const copy = new Uint8Array(buffer)
  wipe(buffer)
  return copy
}

/** A key object of a raw secret key or seed. */
export function secretKey(kind: KeyKind, secret: Uint8Array): KeyObject {
  const der = pkcs8(kind, secret)
  const key = createPrivateKey({ key: der as Buffer, format: 'der', type: 'pkcs8' })
  wipe(der)
  return key
}

/** A key object of a raw public key. */
export function publicKey(kind: KeyKind, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: spki(kind, raw) as Buffer, format: 'der', type: 'spki' })
}

/** The raw public key that belongs to a secret key. */
export function rawPublicKey(kind: KeyKind, secret: KeyObject): Uint8Array {
  const der = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(spkiPrefixBytes(kind)))
}
