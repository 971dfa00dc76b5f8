import compiled from 'hyphae/kernels.wasm'
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
 * The accelerated primitives in workerd, which compiles no bytes at run time: the module is imported by its bare name, so
 * that bundlers carry it along. Otherwise as in the default entry.
 *
 * @throws HyphaeError UNSUPPORTED_RUNTIME when a forced backend does not exist here
 */
export const loadKernels = /* @__PURE__ */ withCiphers(
  /* @__PURE__ */ bindLoadKernels(
    () => compiled,
    () => fallback,
  ),
)
