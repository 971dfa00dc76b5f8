import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { fallback } from '../../src/kernels/fallback/index.js'
import { fallbackTables } from '../../src/kernels/fallback/tables/index.js'
import { bindLoadKernels, start } from '../../src/kernels/load.js'
import { LazyTables, wasmTables } from '../../src/kernels/tables/choice.js'
import { TABLES_DIGEST, tablesDigest } from '../../src/kernels/tables/selftest.js'
import { type KernelExports, instantiate, KernelInstance } from '../../src/kernels/wasm/instance.js'
import * as map from '../../src/kernels/wasm/tables/map.js'
import { nodeAead, seal, Seeded } from './backends.js'
import { freshTables, nearest } from './tables.js'

const compile = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))
const own = new Seeded(70).bytes(32)
const key = new Seeded(71).bytes(16)

/** An instance whose exports are changed: each work is called through `wrap`. */
function wrapped(
  wrap: (name: string, work: (...args: number[]) => number, memory: WebAssembly.Memory) => unknown,
): KernelInstance {
  const { exports } = instantiate(compile())
  const changed: Record<string, unknown> = { memory: exports.memory }
  for (const [name, work] of Object.entries(exports)) {
    if (typeof work === 'function') changed[name] = wrap(name, work as (...args: number[]) => number, exports.memory)
  }
  return new KernelInstance(changed as unknown as KernelExports)
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isHyphaeError(error)) return error.code
  }
  return 'none'
}

describe('the memory of the tables instance', () => {
  it('[§6.48] grown in the middle of every call: no stale view is read or written', () => {
    // The first forty calls of each kind, then one in 41: growing takes its time.
    const calls = new Map<string, number>()
    const kernel = wrapped((name, work, memory) => (...args: number[]) => {
      const result = work(...args)
      const call = calls.get(name) ?? 0
      calls.set(name, call + 1)
      if (call < 40 || call % 41 === 0) memory.grow(1)
      return result
    })
    const before = kernel.exports.memory.buffer.byteLength
    expect(tablesDigest(wasmTables(kernel))).toBe(TABLES_DIGEST)
    expect(kernel.exports.memory.buffer.byteLength).toBeGreaterThan(before + 250 * 65_536)
    expect([...calls.keys()]).toEqual(
      expect.arrayContaining(['routingInsert', 'routingClosest', 'seenInsert', 'seenHas']),
    )
  })

  it('[§6.48] wild addresses, stamps and slots in raw calls trap or are refused, and never reach key memory', () => {
    const shared = start(compile, () => fallback)
    if (typeof shared === 'string') throw new Error(shared)
    const random = new Seeded(72)
    const [secret, nonce, text] = [random.bytes(32), random.bytes(12), random.bytes(500)]
    const prepared = shared.aead.key(secret)
    const buffer = new Uint8Array(516)
    buffer.set(text)
    const table = shared.tableKernels.routing({ own, capacity: 64 })
    for (let i = 0; i < 40; i++) table.insert(random.bytes(32))
    const exports = shared.tables().exports as unknown as Record<string, (...args: number[]) => number>
    let [traps, answers] = [0, 0]
    for (const [name, work] of Object.entries(exports)) {
      // The two that make tables take no address; the others get any.
      if (!/^(routing|seen|table)/.test(name) || name.endsWith('Create')) continue
      for (let i = 0; i < 300; i++) {
        const wild = (): number => random.below(i % 2 === 0 ? 2 ** 20 : 2 ** 32)
        try {
          work(wild(), i % 3 === 0 ? 0 : wild(), wild() % 300, wild() % 300, wild() % 300)
          answers++
        } catch (error) {
          expect(error).toBeInstanceOf(WebAssembly.RuntimeError)
          traps++
        }
      }
    }
    expect(traps).toBeGreaterThan(100)
    expect(answers).toBeGreaterThan(100)
    prepared.seal(nonce, new Uint8Array(0), 0, 0, buffer, 0, 500)
    expect(buffer).toEqual(seal(nodeAead, secret, nonce, new Uint8Array(0), text))
    prepared.free()
  })

  it('does not grow once a table is made, whatever is done with it', () => {
    const { kernel, tables } = freshTables()
    const memory = kernel.exports.memory
    const table = tables.routing({ own, capacity: 3000 })
    const seen = tables.seen({ key, capacity: 2000 })
    const before = memory.buffer.byteLength
    const random = new Seeded(73)
    const out = new Int32Array(20)
    for (let i = 0; i < 20_000; i++) {
      const id = random.bytes(32)
      if (table.insert(id) < 0) table.remove(random.below(3000))
      if (i % 16 === 0) table.closest(id, out)
      seen.insert(id, i)
    }
    expect(memory.buffer.byteLength).toBe(before)
    table.enlarge(6000)
    expect(memory.buffer.byteLength).toBeGreaterThan(before)
  })

  it('gives freed memory out again: a million tables opened and closed, and none of it grows', () => {
    const { kernel, tables } = freshTables()
    const memory = kernel.exports.memory
    const make = (i: number): void => {
      const table =
        i % 2 === 0 ? tables.routing({ own, capacity: 1 + (i % 7) }) : tables.seen({ key, capacity: 1 + (i % 50) })
      table.free()
    }
    for (let i = 0; i < 1000; i++) make(i)
    const before = memory.buffer.byteLength
    for (let i = 0; i < 1_000_000; i++) make(i)
    expect(memory.buffer.byteLength).toBe(before)
  }, 60_000)

  it('takes at most 43 bytes an id for a seen-set and 57 for a routing table', () => {
    const { kernel, tables } = freshTables()
    const memory = kernel.exports.memory
    const before = memory.buffer.byteLength
    tables.seen({ key, capacity: 1_000_000 })
    const between = memory.buffer.byteLength
    // Blocks of the heap come in eight sizes a doubling: up to an eighth more.
    expect((between - before) / 1_000_000).toBeLessThan((43 * 9) / 8)
    tables.routing({ own, capacity: 100_000 })
    expect((memory.buffer.byteLength - between) / 100_000).toBeLessThan((57 * 9) / 8)
  })

  it('compares all 16 bytes of a fingerprint: one that differs in any bit is another', () => {
    const { kernel, tables } = freshTables()
    const seen = tables.seen({ key, capacity: 10 })
    seen.insert(own, 0)
    const bytes = Buffer.from(kernel.exports.memory.buffer)
    const at = bytes.indexOf(bytes.subarray(map.PRINTS, map.PRINTS + 16), map.HEAP)
    expect(at).toBeGreaterThan(map.HEAP)
    for (let bit = 0; bit < 128; bit++) {
      bytes[at + (bit >> 3)] ^= 1 << (bit & 7)
      expect(seen.has(own, 0), `bit ${bit}`).toBe(false)
      bytes[at + (bit >> 3)] ^= 1 << (bit & 7)
      expect(seen.has(own, 0)).toBe(true)
    }
  })

  it('forgets the key of a seen-set when it is freed', () => {
    const { kernel, tables } = freshTables()
    const holds = (): boolean => Buffer.from(kernel.exports.memory.buffer).includes(Buffer.from(key))
    const seen = tables.seen({ key, capacity: 10 })
    seen.insert(own, 0)
    expect(holds()).toBe(true)
    seen.free()
    expect(holds()).toBe(false)
  })

  it('refuses tables for which there is no memory, and keeps what there was', () => {
    const none = wasmTables(wrapped((name, work) => (/(Create|Enlarge)$/.test(name) ? () => 0 : work)))
    expect(codeOf(() => none.routing({ own }))).toBe('LIMIT_EXCEEDED')
    expect(codeOf(() => none.seen({ key }))).toBe('LIMIT_EXCEEDED')
    let enlarging = true
    const kernel = wrapped((name, work) =>
      name === 'routingEnlarge' ? (...args: number[]) => (enlarging ? 0 : work(...args)) : work,
    )
    const table = wasmTables(kernel).routing({ own, capacity: 4 })
    const slot = table.insert(own)
    expect(codeOf(() => table.enlarge(8))).toBe('LIMIT_EXCEEDED')
    expect([table.capacity, table.find(own)]).toEqual([4, slot])
    enlarging = false
    table.enlarge(8)
    expect([table.capacity, table.find(own)]).toEqual([8, slot])
  })

  it('refuses in the kernel what does not fit below 4 GiB any more', () => {
    const { kernel, tables } = freshTables()
    const heapEnd = 0x800
    new DataView(kernel.exports.memory.buffer).setUint32(heapEnd, 2 ** 32 - 131_072, true)
    expect(codeOf(() => tables.seen({ key, capacity: 2 ** 20 }))).toBe('LIMIT_EXCEEDED')
    expect(codeOf(() => tables.routing({ own, capacity: 10_000 }))).toBe('LIMIT_EXCEEDED')
  })

  it('has the addresses that the façade knows', () => {
    const text = readFileSync(new URL('../../assembly/tables/layout.ts', import.meta.url), 'utf8')
    const known = new Map(
      [...text.matchAll(/export const (\w+): \w+ = (.+)/g)].map(([, name, value]) => [name, Number(value)]),
    )
    for (const name of ['PRINTS', 'BATCH_IDS', 'IN', 'OUT', 'HEAP'] as const)
      expect(known.get(name), name).toBe(map[name])
    expect(map.IN + map.IN_BYTES).toBe(map.OUT)
    expect(instantiate(compile()).exports.memory.buffer.byteLength).toBe(map.HEAP)
  })
})

describe('handles', () => {
  it('see nothing of each other: two nodes in one process, the same ids, the same numbers', () => {
    const load = bindLoadKernels(compile, () => fallback)
    const random = new Seeded(74)
    const [first, second] = [load().tables, load().tables]
    const [a, b] = [first.routing({ own, capacity: 16 }), second.routing({ own: random.bytes(32), capacity: 16 })]
    const ids = Array.from({ length: 8 }, () => random.bytes(32))
    const slots = ids.map(id => a.insert(id))
    expect([b.size, b.find(ids[0]), nearest(b, ids[0], 20)]).toEqual([0, -1, []])
    for (let slot = 0; slot < 4000; slot++) expect(b.read(slot, new Uint8Array(32))).toBe(false)
    for (const slot of slots) expect([b.remove(slot), b.touch(slot)]).toEqual([false, false])
    b.insert(ids[0])
    b.clear()
    expect([a.size, a.find(ids[0])]).toEqual([8, slots[0]])
    const [mine, theirs] = [first.seen({ key }), second.seen({ key })]
    expect([mine.insert(ids[0], 0), theirs.has(ids[0], 0), theirs.insert(ids[0], 0)]).toEqual([true, false, true])
  })

  it('of a freed table are refused, also when its block holds another one by now', () => {
    const { kernel, tables } = freshTables()
    const { exports } = kernel
    kernel.write(own, 0, 32, map.IN)
    const address = exports.routingCreate(4)
    const stamp = new DataView(exports.memory.buffer).getUint32(address, true)
    expect(exports.tableFree(address, stamp)).toBe(1)
    expect(exports.tableFree(address, stamp)).toBe(-2)
    const table = tables.routing({ own, capacity: 4 })
    table.insert(own)
    expect(new DataView(exports.memory.buffer).getUint32(address, true)).toBe(stamp + 1)
    for (const [name, work] of Object.entries(exports as unknown as Record<string, (...args: number[]) => number>)) {
      if (!/^(routing|seen|table)/.test(name) || name.endsWith('Create')) continue
      expect(work(address, stamp, 1, 0, 1), name).toBe(name === 'routingEnlarge' ? 0 : -2)
    }
    expect([table.size, table.find(own)]).toEqual([1, 0])
  })
})

describe('the choice of the tables', () => {
  it('is made with the first table and can be read', () => {
    let made = 0
    const lazy = new LazyTables(
      () => {
        made++
        return instantiate(compile())
      },
      () => fallbackTables,
    )
    expect([made, lazy.backend]).toEqual([0, 'wasm'])
    lazy.routing({ own }).free()
    lazy.seen({ key }).free()
    expect([made, lazy.backend]).toEqual([1, 'wasm'])
  })

  it('falls on the fallback where the self-test fails or the instance is refused', () => {
    for (const broken of ['routingNext', 'routingRemove', 'routingTouch', 'seenRotate', 'seenHas']) {
      const kernel = wrapped((name, work) => (name === broken ? () => 1 : work))
      const wrong = new LazyTables(
        () => kernel,
        () => fallbackTables,
      )
      expect(wrong.routing({ own }).insert(own)).toBe(0)
      expect(wrong.backend, broken).toMatch(/^fallback: /)
    }
    const refused = new LazyTables(
      () => {
        throw new RangeError('out of memory')
      },
      () => fallbackTables,
    )
    expect(refused.seen({ key }).insert(own, 0)).toBe(true)
    expect(refused.backend).toBe('fallback: WebAssembly is refused: out of memory')
  })

  it('holds both implementations equal, slot for slot', () => {
    expect(tablesDigest(fallbackTables)).toBe(TABLES_DIGEST)
    expect(tablesDigest(freshTables().tables)).toBe(TABLES_DIGEST)
  })
})
