import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { fallback } from '../../src/kernels/fallback/index.js'
import { loadKernels } from '../../src/kernels/index.js'
import { bindLoadKernels } from '../../src/kernels/load.js'
import { MLKEM_DIGEST, MLKEM_ROUNDS, mlKemDigest, passesMlKemSelfTest } from '../../src/kernels/selftest-mlkem.js'
import type { KernelInstance } from '../../src/kernels/wasm/instance.js'
import * as map from '../../src/kernels/wasm/map.js'
import { WasmMlKem768 } from '../../src/kernels/wasm/mlkem.js'
import { nodePublicKeyCrypto } from '../../src/platform/crypto/node.js'
import { createNode } from '../../src/platform/node.js'
import { seededRandom } from '../crypto/vectors.js'
import { Seeded } from './backends.js'
import { freshMlKem, wrapped } from './mlkem-support.js'

const compile = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))

const KEM = 0x15000
/** Addresses of layout.ts: what lies in front of the matrix is wiped. */
const MATRIX = map.KEM_DK + 2400
const KEM_END = KEM + 0xb000

const isWiped = (kernel: KernelInstance): boolean => kernel.copy(KEM, MATRIX - KEM).every(byte => byte === 0)

describe('secrets of ML-KEM in the memory', () => {
  it('are gone after every call, and so is everything else but the matrix', () => {
    const { kernel, mlkem } = freshMlKem()
    const random = new Seeded(70)
    const key = mlkem.keyPair(random.bytes(64))
    expect(isWiped(kernel)).toBe(true)
    const { ciphertext } = mlkem.encapsulate(key.publicKey, random.bytes(32))
    expect(isWiped(kernel)).toBe(true)
    key.decapsulate(ciphertext)
    expect(isWiped(kernel)).toBe(true)
    key.decapsulate(random.bytes(1088))
    expect(isWiped(kernel)).toBe(true)
  })

  it('are there before that: the look above can find them', () => {
    const seen: boolean[] = []
    const { kernel } = freshMlKem()
    const spied = wrapped(kernel, (name, work) => (...args) => {
      if (name === 'mlkemWipe') seen.push(isWiped(kernel))
      return work(...args)
    })
    const mlkem = new WasmMlKem768(spied)
    const key = mlkem.keyPair(new Uint8Array(64))
    key.decapsulate(mlkem.encapsulate(key.publicKey, new Uint8Array(32)).ciphertext)
    expect(seen).toEqual([false, false, false])
  })

  it('no call writes outside the area of ML-KEM', () => {
    const { kernel, mlkem } = freshMlKem()
    kernel.bytes.fill(0xa5, 0x400, KEM)
    kernel.bytes.fill(0xa5, KEM_END, 0x50000)
    const random = new Seeded(71)
    for (let round = 0; round < 200; round++) {
      const key = mlkem.keyPair(random.bytes(64))
      key.decapsulate(mlkem.encapsulate(key.publicKey, random.bytes(32)).ciphertext)
    }
    const outside = [kernel.copy(0x400, KEM - 0x400), kernel.copy(KEM_END, 0x50000 - KEM_END)]
    expect(outside.every(part => part.every(byte => byte === 0xa5))).toBe(true)
  })

  it('are wiped from the key object by free, for good', () => {
    const { mlkem } = freshMlKem()
    const key = mlkem.keyPair(new Seeded(72).bytes(64))
    const { held } = key as unknown as { held: Uint8Array }
    expect(held.buffer.byteLength).toBeGreaterThan(2400)
    expect(held.subarray(0, 2400).some(byte => byte !== 0)).toBe(true)
    key.free()
    key.free()
    expect(held.subarray(0, 2400).every(byte => byte === 0)).toBe(true)
    expect(() => key.decapsulate(new Uint8Array(1088))).toThrow(/after it was freed/)
  })

  it('opening and freeing keys takes no memory of the kernels', () => {
    const { kernel, mlkem } = freshMlKem()
    const before = kernel.exports.memory.buffer.byteLength
    for (let i = 0; i < 5000; i++) mlkem.keyPair(new Uint8Array(64).fill(i)).free()
    expect(kernel.exports.memory.buffer.byteLength).toBe(before)
  })

  it('[§6.48] grown in the middle of every call: no stale view is read or written', () => {
    const { kernel } = freshMlKem()
    const growing = wrapped(kernel, (_name, work) => (...args) => {
      const result = work(...args)
      kernel.exports.memory.grow(1)
      return result
    })
    const mlkem = new WasmMlKem768(growing)
    const random = new Seeded(73)
    for (let round = 0; round < 5; round++) {
      const [seed, coins] = [random.bytes(64), random.bytes(32)]
      const key = mlkem.keyPair(seed)
      const theirs = nobleMlKem768.keyPair(seed)
      expect(key.publicKey).toEqual(theirs.publicKey)
      const sent = mlkem.encapsulate(key.publicKey, coins)
      expect(sent).toEqual({ ...nobleMlKem768.encapsulate(key.publicKey, coins) })
      expect(key.decapsulate(sent.ciphertext)).toEqual(sent.secret)
    }
    expect(kernel.exports.memory.buffer.byteLength).toBeGreaterThan(20 * 65_536)
  })
})

describe('the choice of ML-KEM', () => {
  it('the self-test expects what noble computes, and notices a wrong bit', () => {
    expect(mlKemDigest(nobleMlKem768, MLKEM_ROUNDS)).toBe(MLKEM_DIGEST)
    const { mlkem } = freshMlKem()
    expect(passesMlKemSelfTest(mlkem)).toBe(true)
    let calls = 0
    const wrong = (key: ReturnType<typeof mlkem.keyPair>) => ({
      ...{ publicKey: key.publicKey, free: () => key.free() },
      decapsulate(ciphertext: Uint8Array) {
        const secret = key.decapsulate(ciphertext)
        if (++calls === 20) secret[31] ^= 128
        return secret
      },
    })
    const base = { backend: 'wrong', takesCoins: true, encapsulate: mlkem.encapsulate.bind(mlkem) }
    expect(passesMlKemSelfTest({ ...base, keyPair: seed => wrong(mlkem.keyPair(seed)) })).toBe(false)
    expect(calls).toBeGreaterThanOrEqual(20)
    calls = 19
    const early = { ...base, keyPair: (seed: Uint8Array) => wrong(mlkem.keyPair(seed)) }
    expect(mlKemDigest(early, 1)).toBe('secrets differ in round 0')
    const absent = () => {
      throw new TypeError('not here')
    }
    expect(passesMlKemSelfTest({ ...base, keyPair: absent })).toBe(false)
  })

  it('kernels whose ML-KEM is wrong keep the rest and leave ML-KEM to TypeScript', () => {
    // The last round constant of Keccak, which stands among the module's data as it is.
    const bytes = Buffer.from(kernelsBase64, 'base64')
    const at = bytes.indexOf(Buffer.from('0880008000000080', 'hex'))
    expect(at).toBeGreaterThan(0)
    bytes[at] = 0x09
    const kernels = bindLoadKernels(
      () => new WebAssembly.Module(bytes),
      () => fallback,
    )()
    expect(kernels.backends).toMatchObject({ aead: 'wasm', blake3: 'wasm' })
    expect(kernels.mlkem768).toBeUndefined()
    const crypto = nodePublicKeyCrypto(seededRandom(1), () => kernels.mlkem768)
    expect(crypto.kem.backends.mlkem768).not.toBe('wasm')
  })

  it('is tested when first asked for and once; forced off or refused there is none', () => {
    const load = bindLoadKernels(compile, () => fallback)
    const { mlkem768 } = load()
    expect(mlkem768?.backend).toBe('wasm')
    expect(load({ backend: 'wasm' }).mlkem768).toBe(mlkem768)
    expect(load({ backend: 'fallback' }).mlkem768).toBeUndefined()
    const refusing = bindLoadKernels(
      () => {
        throw new EvalError('unsafe-eval is not allowed')
      },
      () => fallback,
    )
    expect(refusing().mlkem768).toBeUndefined()
  })

  it('[E11] Node takes its native one, else the kernel, else noble, and X-Wing gives the same with each', () => {
    const random = seededRandom(1)
    const withKernel = nodePublicKeyCrypto(random, () => loadKernels().mlkem768)
    const without = nodePublicKeyCrypto(random, () => undefined)
    const isNative = Number(process.versions.node.split('.')[0]) >= 24
    expect(withKernel.kem.backends.mlkem768).toBe(isNative ? 'node:crypto' : 'wasm')
    expect(without.kem.backends.mlkem768).toBe(isNative ? 'node:crypto' : 'noble')
    const seed = new Uint8Array(32).fill(8)
    const [ours, theirs] = [withKernel.kem.keyPair(seed), without.kem.keyPair(seed)]
    expect(ours.publicKey).toEqual(theirs.publicKey)
    const sent = withKernel.kem.encapsulate(theirs.publicKey)
    const secret = theirs.decapsulator.decapsulate(sent?.ciphertext as Uint8Array, () => expect.unreachable())
    expect(secret).toEqual(sent?.secret)
  })
})

it('a node says which ML-KEM answers, and whether its coins are hedged', async () => {
  const node = await createNode()
  const { backends, hedgedKem } = node.diagnostics()
  const isNative = Number(process.versions.node.split('.')[0]) >= 24
  expect([backends.mlkem768, hedgedKem]).toEqual(isNative ? ['node:crypto', false] : ['wasm', true])
  await node.close({ timeoutMs: 0 })
})

describe('the memory map of ML-KEM', () => {
  it('is the same in the façade as in the kernel', () => {
    const text = readFileSync(new URL('../../assembly/mlkem/layout.ts', import.meta.url), 'utf8')
    const known = new Map([['KEM', KEM]])
    for (const [, name, sum] of text.matchAll(/export const (\w+): usize = (.+)/g) as Iterable<
      [string, string, string]
    >) {
      known.set(
        name,
        sum.split(' + ').reduce((total, part) => total + (known.get(part) ?? Number(part)), 0),
      )
    }
    for (const name of ['SEED', 'SHARED', 'CIPHERTEXT', 'DK', 'EK'] as const) {
      expect(known.get(name), name).toBe(map[`KEM_${name}`])
    }
    expect(known.get('MATRIX')).toBe(MATRIX)
    expect(MATRIX + 9 * Number(known.get('ENTRY'))).toBeLessThanOrEqual(Number(known.get('PACKING')))
    expect(Number(known.get('PACKING')) + 4096).toBeLessThanOrEqual(KEM_END)
  })
})

describe('the source of the kernel', () => {
  const folder = new URL('../../assembly/mlkem/', import.meta.url)
  const source = (name: string): string =>
    readFileSync(new URL(name, folder), 'utf8')
      .replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
      .replace(/'[^']*'/g, '')

  it('has no branch, no choice and no division outside of the public matrix', () => {
    const files = readdirSync(folder).filter(name => name.endsWith('.ts') && name !== 'matrix.ts')
    expect(files.length).toBeGreaterThan(8)
    for (const name of files) expect(source(name), name).not.toMatch(/\bif\b|\bwhile\b|\?|&&|\|\||\bswitch\b| % | \/ /)
    expect(source('matrix.ts')).toMatch(/\bif\b/)
  })

  it('compresses without division, exactly for every coefficient', () => {
    const text = source('compress.ts')
    const constant = (name: string): bigint => BigInt(new RegExp(`const ${name}: i32 = (\\d+)`).exec(text)?.[1] ?? '0')
    for (const [bits, d] of [
      [10n, '10'],
      [4n, '4'],
    ] as const) {
      for (let x = 0n; x < 3329n; x++) {
        const product = BigInt.asUintN(32, x * constant(`F${d}`) + constant(`H${d}`)) >> constant(`S${d}`)
        expect(BigInt.asUintN(Number(bits), product)).toBe((((x << bits) + 1664n) / 3329n) % (1n << bits))
      }
    }
  })

  it('keeps coefficients in 16 bits: the bounds in its comments', () => {
    const q = 3329
    const largest = 32_767 / q
    /** Bound of Shoup's multiplication in units of q. */
    const times = (bound: number): number => 0.5 + (bound * q) / 65_536
    const layer = (bound: number): number => bound + times(bound)
    const afterNtt = [1, 1, 1, 1, 1, 1, 1].reduce(layer, 1)
    expect(afterNtt).toBeLessThan(5.6)
    expect([1, 1, 1, 1, 1, 1, 1].reduce(layer, 2 / q)).toBeLessThan(4.2)
    // A scalar product: three times two products of a 12-bit number and a factor within times(any).
    const product = (6 * 4095 * times(largest)) / 65_536 + 0.5
    expect(6 * 4095 * times(largest) * q).toBeLessThan(2 ** 27)
    expect(product).toBeLessThan(0.9)
    // Inverse: sums double twice, then are reduced to 2187 after doubling once more, and again.
    const first = 4 * 1.2
    expect(2 * first).toBeLessThan(largest)
    const second = 2 * Math.max(2187 / q, times(2 * first))
    expect(second).toBeLessThan(largest)
    const start = Math.max(2187 / q, times(second))
    expect(8 * start).toBeLessThan(largest)
    expect(times(8 * start)).toBeLessThan(1)
    // t = A s + e before it is encoded.
    expect(product + afterNtt).toBeLessThan(largest)
    for (let a = -32_768; a < 32_768; a++) {
      const rounded = Math.floor((a * 10 + 2 ** 14) / 2 ** 15)
      if (Math.abs(a - rounded * q) > 2187) expect.unreachable(`reduce of ${a}`)
    }
  })
})
