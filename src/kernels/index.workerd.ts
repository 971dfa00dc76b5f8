import compiled from 'hyphae/kernels.wasm'
import { fallback } from './fallback/index.js'
import { bindLoadKernels } from './load.js'

export { type Aead, type AeadKey, type Blake3, type Kernels, type TableKernels } from '../ports/kernels.js'
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
export const loadKernels = /* @__PURE__ */ bindLoadKernels(
  () => compiled,
  () => fallback,
)
