import { kernelsBase64 } from './embedded.js'
import { bindLoadKernels } from './load.js'

export { type Aead, type AeadKey, type Blake3, type Kernels } from '../ports/kernels.js'
export { type Stopwatch } from './choice.js'
export { type KernelOptions } from './load.js'

/** Decodes base64 by the one function for it that every runtime has. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

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
export const loadKernels = /* @__PURE__ */ bindLoadKernels(() => new WebAssembly.Module(fromBase64(kernelsBase64)))
