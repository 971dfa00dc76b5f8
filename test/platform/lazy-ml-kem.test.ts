import { describe, expect, it, vi } from 'vitest'
import { nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { compileEmbedded } from '../../src/kernels/compile.js'
import { bindLazyKernels } from '../../src/kernels/lazy.js'
import { bindLazyMlKem } from '../../src/platform/lazy-ml-kem.js'

const fetchFallback = () => import('../../src/kernels/fallback/index.js')
const fetching = () => vi.fn(() => Promise.resolve({ nobleMlKem768 }))

describe('ML-KEM of a page', () => {
  it('is that of the kernels, and nothing is fetched', async () => {
    const fetch = fetching()
    const mlkem = bindLazyMlKem(bindLazyKernels(compileEmbedded, fetchFallback), fetch)
    expect(mlkem.get().backend).toBe('wasm')
    await mlkem.prepare()
    expect(fetch).not.toHaveBeenCalled()
  })

  it('is fetched where WebAssembly is refused, and says so before', async () => {
    const refuse = () => {
      throw new EvalError('unsafe-eval is not allowed')
    }
    const fetch = fetching()
    const mlkem = bindLazyMlKem(bindLazyKernels(refuse, fetchFallback), fetch)
    expect(() => mlkem.get()).toThrow(/not loaded yet/)
    await mlkem.prepare()
    expect(mlkem.get()).toBe(nobleMlKem768)
  })

  it('is fetched where the kernels have one that is wrong', async () => {
    const fallback = (await fetchFallback()).fallback
    const kernels = { load: () => ({ ...fallback, backends: {} }), prepare: () => Promise.resolve() }
    const mlkem = bindLazyMlKem(kernels, fetching())
    expect(() => mlkem.get()).toThrow(/no other is loaded yet/)
    await mlkem.prepare()
    expect(mlkem.get().backend).toBe('noble')
  })
})
