import { type TableKernels } from '../../ports/kernels.js'
import { type KernelInstance } from '../wasm/instance.js'
import { TableMemory } from '../wasm/tables/memory.js'
import { WasmRoutingTable } from '../wasm/tables/routing-table.js'
import { WasmSeenSet } from '../wasm/tables/seen-set.js'
import { passesTablesSelfTest } from './selftest.js'

/** Tables in the memory of an instance that serves for nothing else. */
export function wasmTables(kernel: KernelInstance): TableKernels {
  const memory = new TableMemory(kernel)
  return {
    routing: options => new WasmRoutingTable(memory, options),
    seen: options => new WasmSeenSet(memory, options),
  }
}

/**
 * Tables of an instance that is made and tested when the first table is asked for, and the fallback where that fails. At every
 * size the kernel was quicker than the fallback (docs/performance.md), so there is nothing to choose by size.
 */
export class LazyTables implements TableKernels {
  private chosen: TableKernels | undefined
  private why: string | undefined

  /**
   * @param instance - makes the instance, or throws
   * @param fallback - gives what answers then; may throw where it is not there
   */
  constructor(
    private readonly instance: () => KernelInstance,
    private readonly fallback: () => TableKernels,
  ) {}

  /** Who answers: 'wasm', also before anything was asked for, or 'fallback' and why. */
  get backend(): string {
    return this.why === undefined ? 'wasm' : `fallback: ${this.why}`
  }

  routing(...[options]: Parameters<TableKernels['routing']>): ReturnType<TableKernels['routing']> {
    return this.choose().routing(options)
  }

  seen(...[options]: Parameters<TableKernels['seen']>): ReturnType<TableKernels['seen']> {
    return this.choose().seen(options)
  }

  private choose(): TableKernels {
    this.chosen ??= this.tested() ?? this.fallback()
    return this.chosen
  }

  private tested(): TableKernels | undefined {
    try {
      const tables = wasmTables(this.instance())
      if (passesTablesSelfTest(tables)) return tables
      this.why = 'the self-test failed'
    } catch (error) {
      this.why = `WebAssembly is refused: ${error instanceof Error ? error.message : String(error)}`
    }
    return undefined
  }
}
