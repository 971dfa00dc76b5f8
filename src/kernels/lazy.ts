import { HyphaeError, isHyphaeError } from '../core/errors.js'
import type { Kernels } from '../ports/kernels.js'
import { type Fallback, bindLoadKernels } from './load.js'

/** Kernels whose fallback is downloaded only where WebAssembly is refused. */
export interface LazyKernels {
  /**
   * The kernels, at once.
   *
   * @throws HyphaeError UNSUPPORTED_RUNTIME where WebAssembly is refused and {@link LazyKernels.prepare} has not ended
   */
  load(): Kernels
  /** Fetches the fallback where WebAssembly is refused; ends at once elsewhere. Rejects with what the fetching says. */
  prepare(): Promise<void>
}

/**
 * Kernels for places where every byte is downloaded: what few pages need comes as a module of its own.
 *
 * @param compile - as of `bindLoadKernels`
 * @param fetchFallback - a dynamic import
 */
export function bindLazyKernels(
  compile: () => WebAssembly.Module,
  fetchFallback: () => Promise<{ readonly fallback: Fallback }>,
): LazyKernels {
  let fetched: Fallback | undefined
  const load = bindLoadKernels(compile, () => {
    if (fetched !== undefined) return fetched
    throw new HyphaeError('UNSUPPORTED_RUNTIME', 'this page forbids WebAssembly, and the fallback is not loaded yet', {
      remedy: 'await identities.prepare() first, or allow wasm-unsafe-eval in the Content-Security-Policy',
    })
  })
  return {
    load: () => load(),
    async prepare() {
      try {
        load()
      } catch (error) {
        if (!isHyphaeError(error, 'UNSUPPORTED_RUNTIME')) throw error
        fetched = (await fetchFallback()).fallback
      }
    },
  }
}
