import { packages } from '../../peers/packages.mjs'
import { mustHold, record } from '../inputs.mjs'

/** libsodium in WebAssembly, by its usual wrappers: every call answers an array of its own. */
export const libsodium = {
  name: 'libsodium-wrappers',
  package: 'libsodium-wrappers',
  runtimes: ['node', 'browser'],
  async load() {
    const { default: sodium } = await packages[libsodium.package]()
    await sodium.ready
    const encrypt = sodium.crypto_aead_chacha20poly1305_ietf_encrypt
    const decrypt = sodium.crypto_aead_chacha20poly1305_ietf_decrypt
    return {
      seal({ bytes }) {
        const { secret, nonce, header, text } = record(bytes)
        return () => encrypt(text, header, null, nonce, secret)
      },
      open({ bytes }) {
        const { secret, nonce, header, text } = record(bytes)
        const sealed = encrypt(text, header, null, nonce, secret)
        mustHold(decrypt(null, sealed, header, nonce, secret).length === bytes, 'libsodium opens')
        return () => decrypt(null, sealed, header, nonce, secret)
      },
      sealExtended({ bytes }) {
        const { secret, nonce, header, text } = record(bytes, 24)
        return () => sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, header, null, nonce, secret)
      },
      /** Not a wide block: an AEAD a layer. */
      onionWrap({ bytes, cells, layers }) {
        const { secret, nonce, header, text } = record(bytes)
        return () => {
          for (let i = 0; i < cells * layers; i++) encrypt(text, header, null, nonce, secret)
        }
      },
      onionPeel({ bytes, cells }) {
        const { secret, nonce, header, text } = record(bytes)
        const sealed = encrypt(text, header, null, nonce, secret)
        return () => {
          for (let i = 0; i < cells; i++) decrypt(null, sealed, header, nonce, secret)
        }
      },
    }
  },
}
