import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { FallbackOnionCells } from '../../src/kernels/fallback/onion.js'
import { RatchetState } from '../../src/kernels/onion-state.js'
import { instantiate, type KernelExports, KernelInstance } from '../../src/kernels/wasm/instance.js'
import * as map from '../../src/kernels/wasm/map.js'
import { WasmOnionCells } from '../../src/kernels/wasm/onion.js'
import type { OnionState } from '../../src/ports/onion-cells.js'
import { Seeded } from './backends.js'
import { type Ratchet, referencePeel } from './onion-reference.js'

const compile = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))
const ONION = map.ONION_STATES
const ONION_BYTES = 0x30000

/** Whether the memory holds any 8 bytes in a row of a secret. */
function holds(kernel: KernelInstance, secret: Uint8Array): boolean {
  const memory = Buffer.from(kernel.exports.memory.buffer)
  for (let at = 0; at + 8 <= secret.length; at++)
    if (memory.includes(Buffer.from(secret.subarray(at, at + 8)))) return true
  return false
}

/** Everything of the area but what tells no secret: which ratchet each cell used, and the verdicts. */
function expectWiped(kernel: KernelInstance): void {
  const area = new Uint8Array(kernel.exports.memory.buffer, ONION, ONION_BYTES).slice()
  area.fill(0, map.ONION_OWNERS - ONION, map.ONION_VERDICTS - ONION + 64)
  expect(area.every(byte => byte === 0)).toBe(true)
}

/** The chain key of a ratchet as it stands. */
const chainKey = (state: OnionState, onion: WasmOnionCells): Uint8Array =>
  new Uint8Array(RatchetState.words(state, onion).buffer).slice(0, 32)

/** Kernels that show their memory before each wiping. */
function spied(look: (kernel: KernelInstance) => unknown): KernelInstance {
  const kernel = instantiate(compile())
  const onionWipe = (states: number): void => {
    look(kernel)
    kernel.exports.onionWipe(states)
  }
  return new KernelInstance({ ...kernel.exports, onionWipe })
}

describe('after a call', () => {
  it('nothing of ratchets, sub-keys, streams or the last cells is left in the kernel', () => {
    const random = new Seeded(100)
    for (const bytes of [512, 1024] as const) {
      for (const count of [1, 3, 4, 6, 64]) {
        const kernel = instantiate(compile())
        const onion = new WasmOnionCells(kernel)
        const keys = Array.from({ length: 64 }, () => random.bytes(32))
        const states = keys.map(key => onion.state(key))
        const cells = random.bytes(count * bytes)
        const first = cells.slice(0, bytes)
        onion.wrap(cells, count, states.slice(0, 3), bytes)
        expectWiped(kernel)
        expect(holds(kernel, first.subarray(0, 64))).toBe(false)
        onion.peel(cells, count, states, undefined, bytes)
        expectWiped(kernel)
        const secrets = [...keys.slice(0, 3), ...states.slice(0, 3).map(state => chainKey(state, onion))]
        onion.unwrap(cells, count, states.slice(0, 3), bytes)
        expectWiped(kernel)
        for (const secret of secrets) expect(holds(kernel, secret)).toBe(false)
      }
    }
  })

  it('though it was there: the search above can find it', async () => {
    const random = new Seeded(101)
    const key = random.bytes(32)
    const cells = random.bytes(1024)
    const ratchet = { chainKey: key, counter: 0 }
    const after = await referencePeel(cells, 1024, [ratchet])
    const seen: boolean[] = []
    const kernel = spied(inner => seen.push(...[ratchet.chainKey, key, after].map(secret => holds(inner, secret))))
    const onion = new WasmOnionCells(kernel)
    onion.peel(cells, 1, [onion.state(key)])
    // The next chain key was there; the one before it was overwritten in the kernel already.
    expect(seen).toEqual([true, false, true])
    expect([ratchet.chainKey, key].some(secret => holds(kernel, secret))).toBe(false)
    expectWiped(kernel)
  })

  it('the ratchet holds its next chain key only, and none after it was freed or a cell was bad', () => {
    const onion = new WasmOnionCells(instantiate(compile()))
    const key = new Seeded(102).bytes(32)
    const [state, bad] = [onion.state(key), onion.state(key)]
    const [words, badWords] = [RatchetState.words(state, onion), RatchetState.words(bad, onion)]
    expect(words.buffer.byteLength).toBe(48)
    expect(new Uint8Array(words.buffer, 0, 32)).toEqual(key)
    onion.wrap(new Uint8Array(1024), 1, [state])
    expect(Buffer.from(words.buffer).includes(Buffer.from(key.subarray(0, 8)))).toBe(false)
    expect(words.some(word => word !== 0)).toBe(true)
    state.free()
    expect(words.every(word => word === 0)).toBe(true)
    expect(onion.unwrap(new Uint8Array(1024), 1, [bad])).toBe(0)
    expect(badWords.every(word => word === 0)).toBe(true)
  })
})

describe('the memory', () => {
  it('[§6.48] grown in the middle of every call: no stale view is read or written', async () => {
    const { exports } = instantiate(compile())
    const grown: Record<string, unknown> = { memory: exports.memory }
    for (const name of ['onionPeel', 'onionInvert', 'onionWipe'] as const) {
      grown[name] = (...args: number[]) => {
        Reflect.apply(exports[name], undefined, args)
        exports.memory.grow(1)
      }
    }
    const kernel = new KernelInstance(grown as unknown as KernelExports)
    const onion = new WasmOnionCells(kernel)
    const random = new Seeded(103)
    const keys = Array.from({ length: 5 }, () => random.bytes(32))
    const [there, back] = [keys, keys].map(all => all.map(key => onion.state(key))) as [OnionState[], OnionState[]]
    const ratchets: Ratchet[] = keys.map(key => ({ chainKey: key, counter: 0 }))
    for (let turn = 0; turn < 3; turn++) {
      const cells = random.bytes(5 * 1024)
      const [peeled, verdicts] = [cells.slice(), new Uint8Array(5).fill(9)]
      onion.peel(peeled, 5, there, verdicts)
      expect(Buffer.compare(peeled, await referencePeel(cells, 1024, ratchets))).toBe(0)
      expect([...verdicts]).toEqual([0, 0, 0, 0, 0])
      for (const [i, state] of back.entries()) onion.wrap(peeled.subarray(1024 * i), 1, [state])
      expect(Buffer.compare(peeled, cells)).toBe(0)
    }
    const zeros = new Uint8Array(1024)
    onion.peel(zeros, 1, [there[0]])
    expect(onion.unwrap(zeros, 1, [back[0]])).toBe(1)
  })

  it('does not grow, nor the heap, with a million ratchets opened and closed', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = (): number => {
      collect()
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const kernel = instantiate(compile())
    const pages = kernel.exports.memory.buffer.byteLength
    for (const [onion, every] of [
      [new WasmOnionCells(kernel), 500],
      [new FallbackOnionCells(), 50_000],
    ] as const) {
      const key = new Uint8Array(32)
      const cells = new Uint8Array(2048)
      const run = (times: number): void => {
        for (let i = 0; i < times; i++) {
          const [a, b] = [onion.state(key), onion.state(key)]
          if (i % every === 0) onion.peel(cells, 2, [a, b])
          a.free()
          b.free()
        }
      }
      run(10_000)
      const before = used()
      run(500_000)
      expect(used() - before).toBeLessThan(1024 * 1024)
    }
    expect(kernel.exports.memory.buffer.byteLength).toBe(pages)
  })

  it('lies where the kernel has it, within its area', () => {
    const read = (name: string): string => readFileSync(new URL(`../../assembly/${name}`, import.meta.url), 'utf8')
    expect(read('common/memory.ts')).toContain('export const ONION: usize = 0x20000\n')
    expect(read('common/memory.ts')).toContain(`export const ONION_BYTES: usize = 0x${ONION_BYTES.toString(16)}\n`)
    const known = new Map<string, number>([['ONION', ONION]])
    for (const [, name, sum] of read('onion/layout.ts').matchAll(/export const (\w+): usize = (.+)/g)) {
      const parts = sum.split(' + ').map(part => known.get(part) ?? Number(part))
      known.set(
        name,
        parts.reduce((a, b) => a + b),
      )
    }
    expect(known.get('STATES')).toBe(map.ONION_STATES)
    expect(known.get('OWNERS')).toBe(map.ONION_OWNERS)
    expect(known.get('VERDICTS')).toBe(map.ONION_VERDICTS)
    const end =
      (known.get('LANES') as number) + (known.get('LANES_BYTES') as number) + (known.get('HEAD_BYTES') as number)
    expect(end).toBeLessThanOrEqual(ONION + ONION_BYTES)
    expect(64 * (known.get('STATE_BYTES') as number)).toBeLessThanOrEqual(map.ONION_OWNERS - ONION)
  })
})
