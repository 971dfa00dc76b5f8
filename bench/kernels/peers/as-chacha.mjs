import { packages } from '../../peers/packages.mjs'
import { mustHold, record } from '../inputs.mjs'

/** ChaCha20-Poly1305 in AssemblyScript without SIMD: what js-libp2p's noise uses. */
export const asChacha = {
  name: 'as-chacha20poly1305',
  package: '@chainsafe/as-chacha20poly1305',
  runtimes: ['node', 'browser'],
  async load() {
    const loaded = await packages[asChacha.package]()
    const { ChaCha20Poly1305, newInstance } = loaded.default ?? loaded
    const cipher = new ChaCha20Poly1305(newInstance())
    return {
      seal({ bytes }) {
        const { secret, nonce, header, text } = record(bytes)
        const out = new Uint8Array(bytes + 16)
        return () => cipher.seal(secret, nonce, text, header, out)
      },
      open({ bytes }) {
        const { secret, nonce, header, text } = record(bytes)
        const sealed = cipher.seal(secret, nonce, text, header)
        const out = new Uint8Array(bytes)
        mustHold(cipher.open(secret, nonce, sealed, header, out) !== null, 'as-chacha20poly1305 opens')
        return () => cipher.open(secret, nonce, sealed, header, out)
      },
    }
  },
}
