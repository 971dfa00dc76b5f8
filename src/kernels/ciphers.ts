import type { CipherKernels, Kernels, LoadedKernels } from '../ports/kernels.js'
import { fallbackXAead } from './fallback/aead.js'
import { fallbackStream } from './fallback/stream.js'
import type { KernelOptions } from './load.js'
import { WasmAead } from './wasm/aead.js'
import { WasmBlake3 } from './wasm/blake3.js'
import { WasmStream } from './wasm/stream.js'

const fallbackCiphers: CipherKernels = { xaead: fallbackXAead, stream: fallbackStream }

/**
 * Adds the ciphers that no node needs by itself to what `load` gives, by the implementation that BLAKE3 has there. Apart
 * from `bindLoadKernels`, because a browser downloads only what a node uses.
 */
export function withCiphers(load: (options?: KernelOptions) => Kernels): (options?: KernelOptions) => LoadedKernels {
  return options => {
    const kernels = load(options)
    const { blake3 } = kernels
    if (!(blake3 instanceof WasmBlake3)) return Object.assign(kernels, fallbackCiphers)
    const { kernel } = blake3
    return Object.assign(kernels, { xaead: new WasmAead(kernel, true), stream: new WasmStream(kernel) })
  }
}
