import { HyphaeError } from '../core/errors.js'
import type { LazyKernels } from '../kernels/lazy.js'
import type { MlKem768 } from '../ports/crypto.js'

/** An ML-KEM whose TypeScript is downloaded only where the kernels have none. */
export interface LazyMlKem {
  /**
   * That of the kernels, or the one that was fetched.
   *
   * @throws HyphaeError UNSUPPORTED_RUNTIME where WebAssembly is refused and {@link LazyMlKem.prepare} has not ended
   */
  get(): MlKem768
  /** Prepares the kernels, and fetches ML-KEM where they have none. Rejects with what the fetching says. */
  prepare(): Promise<void>
}

/**
 * ML-KEM for places where every byte is downloaded.
 *
 * @param kernels - of the same page
 * @param fetchNoble - a dynamic import
 */
export function bindLazyMlKem(
  kernels: LazyKernels,
  fetchNoble: () => Promise<{ readonly nobleMlKem768: MlKem768 }>,
): LazyMlKem {
  let fetched: MlKem768 | undefined
  return {
    get() {
      const found = kernels.load().mlkem768 ?? fetched
      if (found !== undefined) return found
      throw new HyphaeError(
        'UNSUPPORTED_RUNTIME',
        'ML-KEM of the kernels does not work here, and no other is loaded yet',
        {
          remedy: 'await identities.prepare() first',
        },
      )
    },
    async prepare() {
      await kernels.prepare()
      if (kernels.load().mlkem768 === undefined) fetched = (await fetchNoble()).nobleMlKem768
    },
  }
}
