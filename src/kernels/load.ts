import { HyphaeError } from '../core/errors.js'
import { type Aead, type Blake3, type Kernels, type TableKernels } from '../ports/kernels.js'
import { type OnionCells } from '../ports/onion-cells.js'
import type { HoldingAead } from './key.js'
import { ChoosingAead, Crossover, type Stopwatch } from './choice.js'
import { TestedMlKem } from './selftest-mlkem.js'
import { passesSelfTest } from './selftest.js'
import { passesOnionSelfTest } from './selftest-onion.js'
import { LazyTables } from './tables/choice.js'
import { WasmAead } from './wasm/aead.js'
import { WasmBlake3 } from './wasm/blake3.js'
import { instantiate, type KernelInstance } from './wasm/instance.js'
import { WasmMlKem768 } from './wasm/mlkem.js'
import { WasmOnionCells } from './wasm/onion.js'

/** Options of `loadKernels`. */
export interface KernelOptions {
  /**
   * Which implementation answers. `auto` (default): WebAssembly, and a native AEAD for long messages where one is given;
   * the TypeScript fallback where WebAssembly is refused. The others force one; results never differ.
   */
  backend?: 'auto' | 'wasm' | 'fallback' | 'native'
  /** The runtime's own ChaCha20-Poly1305, if it has one. */
  native?: Aead | undefined
  /**
   * A clock in milliseconds to measure from which size on `native` is quicker; without it a fixed size is used. The first
   * one given with a `native` counts.
   */
  stopwatch?: Stopwatch
}

/** The same primitives in TypeScript. */
export interface Fallback {
  readonly aead: Aead
  readonly blake3: Blake3
  readonly onion: OnionCells
  readonly tables: TableKernels
}

/** The compiled kernels in use, or why there are none. */
export interface WasmKernels {
  readonly aead: HoldingAead
  readonly blake3: Blake3
  readonly onion: OnionCells
  readonly mlkem: TestedMlKem
  /** A second instance for tables that peers fill, with memory of its own; made when first asked for. */
  tables(): KernelInstance
  /** Tables in that instance. */
  readonly tableKernels: LazyTables
}

/**
 * Builds `loadKernels` around a way to get the compiled module. Nothing happens until it is called; the instance is made
 * and tested once and then shared, which no caller can notice: it holds no state between calls.
 *
 * @param compile - gives the module, or throws where the runtime refuses
 * @param fallback - gives what answers then; may throw where it is not there
 */
export function bindLoadKernels(
  compile: () => WebAssembly.Module,
  fallback: () => Fallback,
): (options?: KernelOptions) => Kernels {
  let shared: WasmKernels | string | undefined
  // The nodes of a process hand in the same native AEAD: it is measured once, not once a node.
  const choosing = new WeakMap<Aead, Kernels>()
  return (options = {}) => {
    const backend = options.backend ?? 'auto'
    if (backend === 'fallback') return fallbackKernels('forced', fallback())
    shared ??= start(compile, fallback)
    if (typeof shared === 'string') return withoutWasm(backend, options, shared, fallback)
    if (backend === 'native') return withMlKem(nativeKernels(options, wasmKernels(shared)), shared)
    const { native } = options
    if (backend === 'wasm' || native === undefined) return withMlKem(wasmKernels(shared), shared)
    const kernels = choosing.get(native) ?? withMlKem(choosingKernels(shared, native, options.stopwatch), shared)
    choosing.set(native, kernels)
    return kernels
  }
}

/** Compiles, instantiates and tests; a text says why that failed. Exported for tests. */
export function start(compile: () => WebAssembly.Module, fallback: () => Fallback): WasmKernels | string {
  try {
    const module = compile()
    const keys = instantiate(module)
    const aead = new WasmAead(keys)
    const blake3 = new WasmBlake3(keys)
    const onion = new WasmOnionCells(keys)
    if (!passesSelfTest(aead, blake3) || !passesOnionSelfTest(onion)) return 'the self-test failed'
    let tables: KernelInstance | undefined
    const tablesInstance = (): KernelInstance => (tables ??= instantiate(module))
    const tableKernels = new LazyTables(tablesInstance, () => fallback().tables)
    const mlkem = new TestedMlKem(new WasmMlKem768(keys))
    return { aead, blake3, onion, mlkem, tables: tablesInstance, tableKernels }
  } catch (error) {
    return `WebAssembly is refused: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Adds ML-KEM, which is tested when somebody asks for it: nodes that have a native one never wait for that. */
const withMlKem = (kernels: Kernels, { mlkem }: WasmKernels): Kernels =>
  Object.defineProperty(kernels, 'mlkem768', { get: () => mlkem.get(), enumerable: true })

const wasmKernels = ({ aead, blake3, onion, tableKernels }: WasmKernels): Kernels => ({
  aead,
  blake3,
  onion,
  tables: tableKernels,
  backends: {
    aead: 'wasm',
    blake3: 'wasm',
    onion: 'wasm',
    get tables() {
      return tableKernels.backend
    },
  },
})

const fallbackKernels = (why: string, { aead, blake3, onion, tables }: Fallback): Kernels => ({
  aead,
  blake3,
  onion,
  tables,
  backends: { aead: 'fallback', blake3: 'fallback', onion: 'fallback', tables: 'fallback', why },
})

function choosingKernels(shared: WasmKernels, native: Aead, stopwatch: Stopwatch | undefined): Kernels {
  const crossover = new Crossover(shared.aead, native, stopwatch)
  const { blake3, onion, tableKernels: tables } = shared
  const backends = {
    aead: 'wasm',
    blake3: 'wasm',
    onion: 'wasm',
    /** Bytes from which on `aead` is native; measured with the first message that may be long enough. */
    get aeadNativeFrom() {
      return String(crossover.nativeFrom ?? 'not measured yet')
    },
    get tables() {
      return tables.backend
    },
  }
  return { aead: new ChoosingAead(shared.aead, native, crossover), blake3, onion, tables, backends }
}

/** Others with a native AEAD instead of theirs. */
function nativeKernels({ native }: KernelOptions, others: Kernels): Kernels {
  if (native === undefined) {
    throw new HyphaeError('UNSUPPORTED_RUNTIME', 'this runtime has no native ChaCha20-Poly1305', {
      remedy: "use backend 'auto'",
    })
  }
  const backends = {
    ...others.backends,
    aead: 'native',
    get tables() {
      return others.backends.tables
    },
  }
  return { ...others, aead: native, backends }
}

/** Without WebAssembly a native AEAD beats the fallback at every size. */
function withoutWasm(
  backend: 'auto' | 'wasm' | 'native',
  options: KernelOptions,
  why: string,
  fallback: () => Fallback,
): Kernels {
  if (backend === 'wasm') {
    throw new HyphaeError('UNSUPPORTED_RUNTIME', `the WebAssembly kernels cannot be used: ${why}`, {
      remedy: "use backend 'auto'",
    })
  }
  const kernels = fallbackKernels(why, fallback())
  return backend === 'native' || options.native !== undefined ? nativeKernels(options, kernels) : kernels
}
