import type { Decapsulator } from '../../ports/crypto.js'

/**
 * A decapsulator whose key lives where answers take time: an HSM, or WebCrypto with a key that cannot be extracted.
 *
 * @param publicKey - the X-Wing public key, 1216 bytes
 * @param decapsulate - answers the 32-byte secret of a ciphertext, or undefined where the input is refused; a rejection counts as refused
 * @example
 * ```ts
 * const decapsulator = asyncDecapsulator(publicKey, ciphertext => hsm.decapsulate('node-key', ciphertext))
 * ```
 */
export function asyncDecapsulator(
  publicKey: Uint8Array,
  decapsulate: (ciphertext: Uint8Array) => Promise<Uint8Array | undefined>,
): Decapsulator {
  let freed = false
  return {
    publicKey,
    decapsulate(ciphertext, later) {
      if (freed) return false
      // The caller's buffer is reused before the answer comes.
      const copy = ciphertext.slice()
      const settle = (secret: Uint8Array | undefined) => later(freed ? undefined : secret)
      // Two handlers, not a catch behind: `later` is called once even if it throws itself.
      void Promise.resolve()
        .then(() => decapsulate(copy))
        .then(settle, () => settle(undefined))
      return undefined
    },
    free() {
      freed = true
    },
  }
}
