import { packages } from '../../peers/packages.mjs'
import { inTurn } from '../inputs.mjs'

/** ML-KEM-768 of liboqs in WebAssembly. Its secret keys are arrays, so the matrix is expanded by every call. */
export const liboqs = {
  name: 'liboqs wasm',
  package: '@openforge-sh/liboqs',
  runtimes: ['node', 'browser'],
  async load() {
    const { createMLKEM768 } = await packages[liboqs.package]()
    const kem = await createMLKEM768()
    const { publicKey, secretKey } = kem.generateKeyPair()
    return {
      keygen: () => () => kem.generateKeyPair(),
      encapsulate: () => () => kem.encapsulate(publicKey),
      decapsulate() {
        const made = Array.from({ length: 16 }, () => kem.encapsulate(publicKey).ciphertext)
        return inTurn(made, ciphertext => kem.decapsulate(ciphertext, secretKey))
      },
    }
  },
}
