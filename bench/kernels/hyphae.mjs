// The built package's kernels, in WebAssembly, as its own machines call them.
import { builtKernels } from './built.mjs'
import { aeadOperations } from './operations/aead.mjs'
import { hashOperations } from './operations/hashes.mjs'
import { mlKemOperations } from './operations/ml-kem.mjs'
import { onionOperations } from './operations/onion.mjs'
import { tableOperations } from './operations/tables.mjs'

/** hyphae itself: the column that all others are compared with. */
export const hyphae = {
  name: 'hyphae',
  runtimes: ['node', 'browser'],
  async load() {
    const { aead, xaead, blake3, mlkem768, onion, tables } = await builtKernels({ backend: 'wasm' })
    return {
      ...aeadOperations(aead, xaead),
      ...hashOperations(blake3),
      ...(mlkem768 && mlKemOperations(mlkem768)),
      ...(onion && onionOperations(onion)),
      ...(tables && tableOperations(tables)),
    }
  },
}
