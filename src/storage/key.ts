import { HyphaeError } from '../core/errors.js'
import { LIMITS } from '../core/limits.js'

/**
 * Checks a key of a store: 1 to `LIMITS.maxStoreKeyChars` printable ASCII characters without spaces.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkStoreKey(key: string): void {
  if (key.length >= 1 && key.length <= LIMITS.maxStoreKeyChars && /^[!-~]+$/.test(key)) return
  throw new HyphaeError('INVALID_ARGUMENT', `not a key of a store: ${JSON.stringify(key.slice(0, 40))}`, {
    remedy: `a key has 1 to ${LIMITS.maxStoreKeyChars} printable ASCII characters without spaces`,
  })
}

/** The error of a store that was closed. */
export function storeClosed(): HyphaeError {
  return new HyphaeError('CLOSED', 'the store is closed', { remedy: 'open it again' })
}
