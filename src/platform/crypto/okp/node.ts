import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { wipe } from '../../../core/bytes.js'
import { pkcs8 } from '../der.js'

/** The two curves whose keys JSON Web Keys call OKP (RFC 8037). */
export type OkpKind = 'x25519' | 'ed25519'

const CURVE = { x25519: 'X25519', ed25519: 'Ed25519' } as const

/**
 * A secret key object. By JWK, because Node 20 takes half a millisecond to read 48 bytes of DER. The text that holds the
 * secret meanwhile cannot be wiped, no more than the BigInts of the alternative in TypeScript.
 */
export function okpSecret(kind: OkpKind, secret: Uint8Array): KeyObject {
  jwkWorks ??= tryJwk()
  return jwkWorks ? fromJwk(kind, secret) : fromDer(kind, secret)
}

/** A public key object. */
export function okpPublic(kind: OkpKind, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: CURVE[kind], x: base64url(raw) }, format: 'jwk' })
}

/** The raw public key of a key object of either kind. */
export function okpRaw(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url'))
}

/** Whether a secret can be imported without its public key: the format wants both, Node computes the latter itself. */
let jwkWorks: boolean | undefined

function tryJwk(): boolean {
  const secret = new Uint8Array(32).fill(1)
  try {
    const raw = okpRaw(fromJwk('x25519', secret))
    return Buffer.compare(raw, okpRaw(fromDer('x25519', secret))) === 0
  } catch {
    return false
  }
}

function fromJwk(kind: OkpKind, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv: CURVE[kind], x: '', d: base64url(secret) }, format: 'jwk' })
}

function fromDer(kind: OkpKind, secret: Uint8Array): KeyObject {
  const der = pkcs8(kind, secret)
  const key = createPrivateKey({ key: der as Buffer, format: 'der', type: 'pkcs8' })
  wipe(der)
  return key
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
