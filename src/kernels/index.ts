import { compileEmbedded } from './compile.js'
import { withCiphers } from './ciphers.js'
import { fallback } from './fallback/index.js'
import { bindLoadKernels } from './load.js'

export {
  type Aead,
  type AeadKey,
  type AeadMessage,
  type Blake3,
  type CipherKernels,
  type Kernels,
  type LoadedKernels,
  type Stream,
  type StreamKey,
  type TableKernels,
} from '../ports/kernels.js'
export { type OnionCells, type OnionState } from '../ports/onion-cells.js'
export { type RoutingTable, type RoutingTableOptions } from '../ports/routing-table.js'
export { type SeenSet, type SeenSetOptions } from '../ports/seen-set.js'
export { type Stopwatch } from './choice.js'
export { type KernelOptions } from './load.js'

/**
 * The accelerated primitives of this process: WebAssembly from bytes inside the package, compiled at the first call, or
 * the TypeScript fallback where a runtime refuses that. `backends` of the result says which.
 *
 * @throws HyphaeError UNSUPPORTED_RUNTIME when a forced backend does not exist here
 * @example
 * ```ts
 * import { loadKernels } from 'hyphae/kernels'
 * const { aead, blake3, backends } = loadKernels()
 * const key = aead.key(blake3.deriveKey('example 2026 record key', secret))
 * key.seal(nonce, header, 0, header.length, buffer, 0, textLength)
 * ```
 */
export const loadKernels = /* @__PURE__ */ withCiphers(/* @__PURE__ */ bindLoadKernels(compileEmbedded, () => fallback))
