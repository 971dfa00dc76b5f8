import { scrypt } from '@noble/hashes/scrypt.js'
import { utf8 } from '../../core/text.js'
import type { KdfParams } from './identity-file.js'

/**
 * The 32-byte key of a passphrase by scrypt (RFC 7914), in TypeScript. Blocks for about half a second with the default
 * cost; platforms may hand in a native one that does not.
 *
 * @param passphrase - as typed; normalised to NFC, so that the same keys on another machine make the same text
 */
export function scryptKey(passphrase: string, salt: Uint8Array, { logN, r, p }: KdfParams): Uint8Array {
  return scrypt(utf8(passphrase.normalize('NFC')), salt, { N: 2 ** logN, r, p, dkLen: 32 })
}
