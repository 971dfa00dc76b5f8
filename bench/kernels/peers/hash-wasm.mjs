import { createBLAKE3 } from 'hash-wasm'
import { bytes as bytesOf } from '../inputs.mjs'

/** BLAKE3 of hash-wasm, by the one hasher object that its documentation recommends for many hashes. */
export const hashWasm = {
  name: 'hash-wasm',
  runtimes: ['node', 'browser'],
  async load() {
    const hasher = await createBLAKE3()
    const hash = input => hasher.init().update(input).digest('binary')
    return {
      hash({ bytes }) {
        const input = bytesOf(bytes)
        return () => hash(input)
      },
      hashMany({ bytes, count }) {
        const inputs = Array.from({ length: count }, (_, i) => bytesOf(bytes, i + 1))
        return () => inputs.forEach(hash)
      },
    }
  },
}
