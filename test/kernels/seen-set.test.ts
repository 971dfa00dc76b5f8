import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import { fromHex, toHex } from '../../src/core/text.js'
import { SipHash } from '../../src/kernels/fallback/tables/siphash.js'
import { PRINTS } from '../../src/kernels/wasm/tables/map.js'
import type { SeenSet } from '../../src/ports/seen-set.js'
import { Seeded, vectors } from './backends.js'
import { freshTables, tableBackends } from './tables.js'

const key = new Seeded(50).bytes(16)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isHyphaeError(error)) return error.code
  }
  return 'none'
}

/** Fingerprints of messages of one length under a key, by the kernel, read out of its memory. */
function kernelPrints(
  secret: Uint8Array,
  messages: Uint8Array,
  idBytes: number,
  stride: number,
  count: number,
): string[] {
  const { kernel, tables } = freshTables()
  const seen = tables.seen({ key: secret, idBytes })
  seen.insertBatch(messages, count, new Uint8Array(count), 0, stride)
  const bytes = kernel.bytes
  return Array.from({ length: count }, (_, i) => toHex(bytes.slice(PRINTS + 16 * i, PRINTS + 16 * (i + 1))))
}

function fallbackPrint(secret: Uint8Array, bytes: Uint8Array, from: number, to: number): string {
  const out = new Int32Array(4)
  new SipHash(secret).hash(bytes, from, to, out)
  return toHex(new Uint8Array(out.buffer))
}

/** The seen-set as its documentation tells it, with plain sets. */
class NaiveSet {
  private young = new Set<string>()
  private old = new Set<string>()
  private startMs: number | undefined
  early = 0

  constructor(
    private readonly capacity: number,
    private readonly ttlMs: number,
  ) {}

  get size(): number {
    return this.young.size + this.old.size
  }

  has(id: string, nowMs: number): boolean {
    this.startMs ??= nowMs
    if (nowMs - this.startMs >= this.ttlMs) {
      this.old = nowMs - this.startMs >= 2 * this.ttlMs ? new Set() : this.young
      this.young = new Set()
      this.startMs = nowMs
    }
    return this.young.has(id) || this.old.has(id)
  }

  insert(id: string, nowMs: number): boolean {
    if (this.has(id, nowMs)) return false
    if (this.young.size === this.capacity) {
      this.old = this.young
      this.young = new Set()
      this.startMs = nowMs
      this.early++
    }
    this.young.add(id)
    return true
  }

  clear(): void {
    this.young.clear()
    this.old.clear()
    this.startMs = undefined
  }
}

describe('fingerprints', () => {
  const { key: published, hashes } = vectors<{ key: string; hashes: string[] }>('siphash128.json')
  const message = Uint8Array.from({ length: 64 }, (_, i) => i)

  it('are SipHash-2-4-128: the 64 published vectors, in TypeScript and in the kernel', () => {
    expect(hashes).toHaveLength(64)
    const secret = fromHex(published)
    for (const [length, hash] of hashes.entries()) {
      expect(fallbackPrint(secret, message, 0, length), `${length} bytes`).toBe(hash)
      if (length > 0) expect(kernelPrints(secret, message, length, length, 1)).toEqual([hash])
    }
  })

  it('are the same in both for every length and stride, whatever lies behind an id', () => {
    const random = new Seeded(51)
    for (let idBytes = 1; idBytes <= 64; idBytes++) {
      const [secret, stride] = [random.bytes(16), idBytes + random.below(3 * idBytes)]
      const ids = random.bytes(20 * stride)
      const want = Array.from({ length: 20 }, (_, i) => fallbackPrint(secret, ids, i * stride, i * stride + idBytes))
      expect(kernelPrints(secret, ids, idBytes, stride, 20), `${idBytes} bytes, ${stride} apart`).toEqual(want)
    }
  })

  it('are no use to who does not know the key: ids ground to meet in one place of a table spread under another key', () => {
    const random = new Seeded(52)
    const ids = random.bytes(32 * 256 * 200)
    const place = (print: string): string => print.slice(8, 16).slice(-2) + print.slice(0, 2)
    const groups = new Map<string, number[]>()
    for (let batch = 0; batch < 200; batch++) {
      const prints = kernelPrints(key, ids.subarray(32 * 256 * batch, 32 * 256 * (batch + 1)), 32, 32, 256)
      for (const [i, print] of prints.entries()) {
        const group = groups.get(place(print)) ?? []
        groups.set(place(print), group)
        group.push(256 * batch + i)
      }
    }
    const ground = [...groups.values()].sort((a, b) => b.length - a.length)[0]
    expect(ground.length).toBeGreaterThan(4)
    const chosen = Buffer.concat(ground.map(i => ids.subarray(32 * i, 32 * (i + 1))))
    const other = kernelPrints(random.bytes(16), chosen, 32, 32, ground.length)
    expect(new Set(other.map(place)).size).toBe(ground.length)
  })
})

describe.each(tableBackends)('%s', (_, tables) => {
  it('[E39] answers like two plain sets after any sequence of inserts, batches, questions and waits', () => {
    const step = fc.record({
      what: fc.constantFrom('insert', 'insert', 'batch', 'has', 'has', 'wait', 'clear'),
      ids: fc.array(fc.nat(30), { minLength: 1, maxLength: 20 }),
      waitMs: fc.constantFrom(0, 1, 5, 9, 10, 11, 19, 20, 21, 100, -3),
      stride: fc.constantFrom(32, 33, 64, 65, 100),
    })
    const run = fc.record({ steps: fc.array(step, { maxLength: 60 }), capacity: fc.constantFrom(1, 2, 5, 12, 13, 50) })
    fc.assert(
      fc.property(run, ({ steps, capacity }) => {
        const seen = tables.seen({ key, capacity, ttlMs: 10 })
        const model = new NaiveSet(capacity, 10)
        const all = new Seeded(60).bytes(32 * 31)
        let nowMs = 0
        for (const { what, ids, waitMs, stride } of steps) {
          if (what === 'wait') nowMs += waitMs
          else if (what === 'insert')
            expect(seen.insert(all, nowMs, 32 * ids[0])).toBe(model.insert(String(ids[0]), nowMs))
          else if (what === 'has') expect(seen.has(all, nowMs, 32 * ids[0])).toBe(model.has(String(ids[0]), nowMs))
          else if (what === 'batch') {
            const packed = new Uint8Array(ids.length * stride).fill(waitMs)
            for (const [i, id] of ids.entries()) packed.set(all.subarray(32 * id, 32 * id + 32), i * stride)
            const fresh = new Uint8Array(ids.length).fill(9)
            const want = ids.map(id => (model.insert(String(id), nowMs) ? 1 : 0))
            const total = want.reduce<number>((sum, one) => sum + one, 0)
            expect(seen.insertBatch(packed, ids.length, fresh, nowMs, stride)).toBe(total)
            expect([...fresh]).toEqual(want)
          } else if (ids[0] < 8) {
            seen.clear()
            model.clear()
          }
          expect([seen.size, seen.earlyRotations]).toEqual([model.size, model.early])
        }
        seen.free()
      }),
      { numRuns: 250, seed: 39 },
    )
  })

  it('[E39] never calls an id new again within its time, and forgets it after twice that', () => {
    const insertion = fc.record({ id: fc.nat(200), waitMs: fc.constantFrom(0, 0, 1, 30, 70, 150) })
    fc.assert(
      fc.property(fc.array(insertion, { maxLength: 200 }), insertions => {
        const seen = tables.seen({ key, idBytes: 20, capacity: 256, ttlMs: 100 })
        const lastNew = new Map<number, number>()
        let nowMs = 5
        for (const { id, waitMs } of insertions) {
          nowMs += waitMs
          const isNew = seen.insert(new Uint8Array(20).fill(id), nowMs)
          const agoMs = nowMs - (lastNew.get(id) ?? -Infinity)
          if (agoMs < 100) expect(isNew).toBe(false)
          if (agoMs >= 200) expect(isNew).toBe(true)
          if (isNew) lastNew.set(id, nowMs)
        }
        expect(seen.earlyRotations).toBe(0)
        seen.free()
      }),
      { numRuns: 100, seed: 40 },
    )
  })

  it('[E39] stays within its bounds under a flood: the newest ids of one generation are always remembered', () => {
    const random = new Seeded(53)
    const seen = tables.seen({ key, capacity: 1000 })
    const batch = 250
    const recent: Uint8Array[] = []
    for (let i = 0; i < 80; i++) {
      const ids = random.bytes(32 * batch)
      expect(seen.insertBatch(ids, batch, new Uint8Array(batch), 1)).toBe(batch)
      expect(seen.size).toBeLessThanOrEqual(2000)
      recent.push(ids)
      if (recent.length > 4) recent.shift()
      for (const known of recent)
        for (let at = 0; at < known.length; at += 1600) expect(seen.has(known, 1, at)).toBe(true)
    }
    // 20,000 ids are 20 generations; the last one is not over.
    expect(seen.earlyRotations).toBe(19)
    seen.free()
  })

  it('fills a generation to the last id and finds each again', () => {
    for (const capacity of [1, 12, 13, 51, 52, 4096]) {
      const ids = new Seeded(54).bytes(32 * capacity)
      const seen = tables.seen({ key, capacity })
      expect(seen.insertBatch(ids, capacity, new Uint8Array(capacity), 0)).toBe(capacity)
      expect([seen.size, seen.earlyRotations]).toEqual([capacity, 0])
      for (let i = 0; i < capacity; i++) expect(seen.has(ids, 0, 32 * i)).toBe(true)
      expect(seen.insertBatch(ids, capacity, new Uint8Array(capacity), 0)).toBe(0)
      const changed = ids.slice()
      for (let i = 0; i < capacity; i++) changed[32 * i + (i % 32)] ^= 1
      for (let i = 0; i < capacity; i++) expect(seen.has(changed, 0, 32 * i)).toBe(false)
      seen.free()
    }
  })

  it('does with a batch of any length what single inserts do', () => {
    const random = new Seeded(55)
    for (const count of [0, 1, 7, 8, 255, 256, 257, 700]) {
      const ids = random.bytes(32 * 300)
      const packed = new Uint8Array(32 * count)
      for (let i = 0; i < count; i++) packed.set(ids.subarray(32 * random.below(300)).subarray(0, 32), 32 * i)
      const [one, many] = [tables.seen({ key, capacity: 100 }), tables.seen({ key, capacity: 100 })]
      const fresh = new Uint8Array(count)
      many.insertBatch(packed, count, fresh, 3)
      expect([...fresh]).toEqual(Array.from({ length: count }, (__, i) => (one.insert(packed, 3, 32 * i) ? 1 : 0)))
      expect([one.size, one.earlyRotations]).toEqual([many.size, many.earlyRotations])
      one.free()
      many.free()
    }
  })

  it('refuses arguments out of range', () => {
    const seen = tables.seen({ key, idBytes: 20 })
    const ids = new Uint8Array(100)
    const fresh = new Uint8Array(5)
    for (const at of [-1, 81, 0.5, NaN]) {
      expect(codeOf(() => seen.insert(ids, 0, at))).toBe('INVALID_ARGUMENT')
      expect(codeOf(() => seen.has(ids, 0, at))).toBe('INVALID_ARGUMENT')
    }
    for (const [count, stride] of [
      [6, 20],
      [-1, 20],
      [1.5, 20],
      [5, 19],
      [5, 21],
      [2, 20.5],
      [NaN, 20],
      [2, 2 ** 32],
    ]) {
      expect(
        codeOf(() => seen.insertBatch(ids, count, fresh, 0, stride)),
        `${count}, ${stride}`,
      ).toBe('INVALID_ARGUMENT')
    }
    expect(codeOf(() => seen.insertBatch(ids, 5, fresh.subarray(1), 0))).toBe('INVALID_ARGUMENT')
    expect(seen.size).toBe(0)
    expect(seen.insertBatch(ids, 5, fresh, 0)).toBe(1)
    seen.free()
    for (const bad of [
      { key: new Uint8Array(15) },
      { key, idBytes: 0 },
      { key, idBytes: 65 },
      { key, idBytes: 1.5 },
      { key, capacity: 0 },
      { key, capacity: 2 ** 22 + 1 },
      { key, ttlMs: 0 },
      { key, ttlMs: NaN },
    ]) {
      expect(codeOf(() => tables.seen(bad))).toBe('INVALID_ARGUMENT')
    }
  })

  it('refuses every call after it was freed', () => {
    const seen = tables.seen({ key })
    seen.insert(new Uint8Array(32), 0)
    seen.free()
    seen.free()
    const other: SeenSet = tables.seen({ key })
    const calls: (() => unknown)[] = [
      () => seen.insert(new Uint8Array(32), 0),
      () => seen.has(new Uint8Array(32), 0),
      () => seen.insertBatch(new Uint8Array(32), 1, new Uint8Array(1), 0),
      () => seen.insertBatch(new Uint8Array(32), 0, new Uint8Array(1), 0),
      () => seen.clear(),
    ]
    for (const call of calls) expect(codeOf(call), String(call)).toBe('INTERNAL')
    expect([seen.size, other.size, other.has(new Uint8Array(32), 0)]).toEqual([0, 0, false])
    other.free()
  })
})
