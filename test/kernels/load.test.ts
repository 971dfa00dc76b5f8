import { describe, expect, it, vi } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { Crossover, DEFAULT_NATIVE_FROM } from '../../src/kernels/choice.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { fallback } from '../../src/kernels/fallback/index.js'
import { loadKernels } from '../../src/kernels/index.js'
import { bindLazyKernels } from '../../src/kernels/lazy.js'
import { bindLoadKernels } from '../../src/kernels/load.js'
import { passesSelfTest, SELF_TEST_DIGEST, SELF_TEST_ROUNDS, selfTestDigest } from '../../src/kernels/selftest.js'
import type { Aead, Kernels } from '../../src/ports/kernels.js'
import { nodeAead, open, seal, Seeded } from './backends.js'

const module = new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))
vi.mock('hyphae/kernels.wasm', () => ({ default: module }))

const refuse = () => {
  throw new EvalError('unsafe-eval is not allowed')
}
const refusing = bindLoadKernels(refuse, () => fallback)

function codeOf(work: () => Kernels): string {
  try {
    work()
  } catch (error) {
    if (isHyphaeError(error)) return error.code
  }
  return 'none'
}

/** node:crypto that counts the messages it gets. */
function counting(): { aead: Aead; calls: number[] } {
  const calls: number[] = []
  const key: Aead['key'] = bytes => {
    const inner = nodeAead.key(bytes)
    return {
      seal(nonce, ad, adFrom, adTo, buffer, from, to) {
        calls.push(to - from)
        inner.seal(nonce, ad, adFrom, adTo, buffer, from, to)
      },
      open: (...args) => inner.open(...args),
      free: () => inner.free(),
    }
  }
  return { aead: { key }, calls }
}

function sealOf(kernels: Kernels, length: number): void {
  const key = kernels.aead.key(new Uint8Array(32))
  const buffer = new Uint8Array(length + 16)
  key.seal(new Uint8Array(12), buffer, 0, 0, buffer, 0, length)
  key.free()
}

describe('loadKernels', () => {
  it('answers with WebAssembly here, and says so', () => {
    expect(loadKernels().backends).toMatchObject({ aead: 'wasm', blake3: 'wasm', onion: 'wasm' })
    expect(loadKernels({ backend: 'wasm', native: nodeAead }).backends).toMatchObject({
      aead: 'wasm',
      blake3: 'wasm',
      onion: 'wasm',
    })
  })

  it('compiles at the first call only, and once', () => {
    const compile = vi.fn(() => module)
    const load = bindLoadKernels(compile, () => fallback)
    expect(compile).not.toHaveBeenCalled()
    const first = load()
    expect(load().blake3).toBe(first.blake3)
    expect(compile).toHaveBeenCalledTimes(1)
  })

  it('falls back to TypeScript where WebAssembly is refused, and says why', () => {
    const { aead, blake3, backends } = refusing()
    expect([aead, blake3]).toEqual([fallback.aead, fallback.blake3])
    expect(backends).toMatchObject({
      aead: 'fallback',
      blake3: 'fallback',
      onion: 'fallback',
      why: 'WebAssembly is refused: unsafe-eval is not allowed',
    })
    expect(refusing({ native: nodeAead }).backends).toMatchObject({ aead: 'native', blake3: 'fallback' })
    expect(codeOf(() => refusing({ backend: 'wasm' }))).toBe('UNSUPPORTED_RUNTIME')
  })

  it('fetches the fallback only where WebAssembly is refused, and says what to wait for until then', async () => {
    const fetchFallback = vi.fn(() => Promise.resolve({ fallback }))
    const working = bindLazyKernels(() => module, fetchFallback)
    await working.prepare()
    expect(working.load().backends).toMatchObject({ aead: 'wasm', blake3: 'wasm', onion: 'wasm' })
    expect(fetchFallback).not.toHaveBeenCalled()

    const refused = bindLazyKernels(refuse, fetchFallback)
    expect(() => refused.load()).toThrow(/the fallback is not loaded yet/)
    expect(codeOf(() => refused.load())).toBe('UNSUPPORTED_RUNTIME')
    await Promise.all([refused.prepare(), refused.prepare()])
    await refused.prepare()
    expect(refused.load().backends).toMatchObject({ aead: 'fallback', blake3: 'fallback', onion: 'fallback' })
    expect(fetchFallback).toHaveBeenCalledTimes(2)
  })

  it('hands on what the fetching of the fallback fails with, and tries again the next time', async () => {
    const answers = [Promise.reject(new Error('offline')), Promise.resolve({ fallback })]
    const lazy = bindLazyKernels(refuse, () => answers.shift() ?? Promise.reject(new Error('a third time')))
    await expect(lazy.prepare()).rejects.toThrow('offline')
    expect(codeOf(() => lazy.load())).toBe('UNSUPPORTED_RUNTIME')
    await lazy.prepare()
    expect(lazy.load().aead).toBe(fallback.aead)
  })

  it('says so when something odd is thrown', () => {
    const odd = bindLoadKernels(
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a runtime may throw anything
        throw 'no'
      },
      () => fallback,
    )
    expect(odd().backends.why).toBe('WebAssembly is refused: no')
  })

  it('can be forced to each backend', () => {
    expect(loadKernels({ backend: 'fallback' }).backends).toMatchObject({
      aead: 'fallback',
      blake3: 'fallback',
      onion: 'fallback',
    })
    const native = loadKernels({ backend: 'native', native: nodeAead })
    expect(native.backends).toMatchObject({ aead: 'native', blake3: 'wasm', onion: 'wasm' })
    expect(native.aead).toBe(nodeAead)
    expect(codeOf(() => loadKernels({ backend: 'native' }))).toBe('UNSUPPORTED_RUNTIME')
  })

  it('gives the same from the entry for workerd', async () => {
    const entry = await import('../../src/kernels/index.workerd.js')
    const kernels = entry.loadKernels()
    expect(kernels.backends).toMatchObject({ aead: 'wasm', blake3: 'wasm', onion: 'wasm' })
    const input = new Seeded(30).bytes(3000)
    expect(kernels.blake3.hash(input)).toEqual(loadKernels().blake3.hash(input))
  })
})

describe('the self-test', () => {
  it('expects what the independent fallback computes', () => {
    expect(selfTestDigest(fallback.aead, fallback.blake3, SELF_TEST_ROUNDS)).toBe(SELF_TEST_DIGEST)
    expect(selfTestDigest(nodeAead, fallback.blake3, SELF_TEST_ROUNDS)).toBe(SELF_TEST_DIGEST)
  })

  it('notices one wrong bit in hundreds of seals, and a tag that is not looked at', () => {
    let seals = 0
    const wrongOnce: Aead = {
      key: bytes => {
        const key = nodeAead.key(bytes)
        return {
          ...{ open: key.open.bind(key), free: key.free.bind(key) },
          seal(nonce, ad, adFrom, adTo, buffer, from, to) {
            key.seal(nonce, ad, adFrom, adTo, buffer, from, to)
            if (++seals === 300) buffer[from] = buffer[from] ^ 1
          },
        }
      },
    }
    expect(passesSelfTest(wrongOnce, fallback.blake3)).toBe(false)
    expect(seals).toBeGreaterThan(300)
    const blind: Aead = {
      key: bytes => Object.assign(Object.create(nodeAead.key(bytes)), { open: () => true }) as never,
    }
    expect(selfTestDigest(blind, fallback.blake3, 4)).toMatch(/^opening failed in round 0$/)
  })

  it('turns a compiled module that computes wrongly into the fallback', () => {
    // The first round constant of ChaCha20, "expa", stands in the code as it is: another letter makes another cipher.
    const bytes = Buffer.from(kernelsBase64, 'base64')
    const at = bytes.indexOf('expand 32-byte k')
    expect(at).toBeGreaterThan(0)
    bytes[at] = 0x66
    const kernels = bindLoadKernels(
      () => new WebAssembly.Module(bytes),
      () => fallback,
    )()
    expect(kernels.backends).toMatchObject({ aead: 'fallback', onion: 'fallback', why: 'the self-test failed' })
  })
})

describe('the choice of a native AEAD by size', () => {
  /** A stopwatch by which the native side takes `nativeMs` a call and the kernel 1 ms for 8 KiB. */
  function pretend(nativeMs: number): { crossover: Crossover; quicken(ms: number): void; elapsedMs(): number } {
    let nowMs = 0
    const taking = (ms: (length: number) => number): Aead => ({
      key: () => ({
        seal: (_nonce, _ad, _adFrom, _adTo, _buffer, from, to) => void (nowMs += ms(to - from)),
        open: () => false,
        free: () => undefined,
      }),
    })
    const crossover = new Crossover(
      taking(length => length / 8192),
      taking(() => nativeMs),
      () => nowMs,
    )
    return { crossover, quicken: ms => void (nativeMs = ms), elapsedMs: () => nowMs }
  }

  it('measures again when the process has warmed up, a few times', () => {
    const { crossover, quicken, elapsedMs } = pretend(100)
    expect(crossover.isNative(32_768)).toBe(false)
    quicken(0.9)
    for (let i = 1; i < 64; i++) expect(crossover.isNative(32_768)).toBe(false)
    expect(crossover.isNative(32_768)).toBe(true)
    expect(crossover.nativeFrom).toBe(8192)
    for (let i = 65; i <= 16_384; i++) crossover.isNative(32_768)
    const doneMs = elapsedMs()
    for (let i = 0; i < 100_000; i++) crossover.isNative(32_768)
    expect(elapsedMs()).toBe(doneMs)
  })

  it('measures when a message may be long enough, not before', () => {
    const { crossover } = pretend(0.9)
    expect(crossover.isNative(2047)).toBe(false)
    expect(crossover.nativeFrom).toBeUndefined()
    expect(crossover.isNative(4096)).toBe(false)
    expect(crossover.nativeFrom).toBe(8192)
    expect(crossover.isNative(8192)).toBe(true)
  })

  it('never goes native where that never wins, always where it does from the smallest size on', () => {
    const never = pretend(100).crossover
    expect(never.isNative(70_000)).toBe(false)
    expect(never.nativeFrom).toBe(Infinity)
    const always = pretend(0.001).crossover
    expect(always.isNative(2048)).toBe(true)
    expect(always.isNative(2047)).toBe(false)
  })

  it('uses the fixed size without a clock or with one that stands still', () => {
    for (const stopwatch of [undefined, () => 5]) {
      const crossover = new Crossover(fallback.aead, nodeAead, stopwatch)
      expect(crossover.isNative(DEFAULT_NATIVE_FROM - 1)).toBe(false)
      expect(crossover.isNative(DEFAULT_NATIVE_FROM)).toBe(true)
    }
  })

  it('measures node:crypto here with a real clock, and answers alike on both sides of the crossover', () => {
    const { aead } = counting()
    const kernels = loadKernels({ native: aead, stopwatch: () => performance.now() })
    sealOf(kernels, 4096)
    expect(Number(kernels.backends.aeadNativeFrom)).toBeGreaterThanOrEqual(2048)
    for (const length of [2047, 2048, 16_384, 70_000]) {
      const random = new Seeded(40 + length)
      const [key, nonce, ad, text] = [random.bytes(32), random.bytes(12), random.bytes(3), random.bytes(length)]
      const sealed = seal(kernels.aead, key, nonce, ad, text)
      expect(Buffer.compare(sealed, seal(fallback.aead, key, nonce, ad, text))).toBe(0)
      expect(Buffer.compare(open(kernels.aead, key, nonce, ad, sealed) ?? key, text)).toBe(0)
    }
  })

  it('can be read, and hands only long messages over', () => {
    const { aead, calls } = counting()
    const kernels = loadKernels({ native: aead })
    expect(kernels.backends).toMatchObject({ aead: 'wasm', aeadNativeFrom: 'not measured yet' })
    for (const length of [0, 1000, 16_383, 16_384, 70_000]) sealOf(kernels, length)
    expect(calls).toEqual([16_384, 70_000])
    expect(kernels.backends.aeadNativeFrom).toBe(String(DEFAULT_NATIVE_FROM))
    expect(loadKernels({ native: aead })).toBe(kernels)
  })
})
