import { type TableKernels } from '../../../ports/kernels.js'
import { FallbackRoutingTable } from './routing-table.js'
import { FallbackSeenSet } from './seen-set.js'

/** Tables in TypeScript: where WebAssembly is refused, and for simulations of many nodes. */
export const fallbackTables: TableKernels = {
  routing: options => new FallbackRoutingTable(options),
  seen: options => new FallbackSeenSet(options),
}
