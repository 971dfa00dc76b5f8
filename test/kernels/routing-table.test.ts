import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import type { RoutingTable } from '../../src/ports/routing-table.js'
import { Seeded } from './backends.js'
import { idSharing, listed, NaiveTable, nearest, tableBackends } from './tables.js'

const own = new Seeded(1).bytes(32)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isHyphaeError(error)) return error.code
  }
  return 'none'
}

/** A table and its model with the same ids. */
function filled(table: RoutingTable, ids: readonly Uint8Array[]): NaiveTable {
  const model = new NaiveTable(own)
  for (const id of ids) {
    const size = table.size
    const slot = table.insert(id)
    expect(table.insert(id)).toBe(slot)
    if (model.find(id) < 0) model.insert(slot, id)
    expect(table.size).toBe(Math.max(size, model.ids.size))
  }
  return model
}

describe.each(tableBackends)('%s', (_, tables) => {
  it('[E28] finds exactly the nearest of random ids and of ids that share 64, 128 or 255 bits, as a full sort does', () => {
    const shared = fc.constantFrom(0, 0, 3, 31, 32, 63, 64, 65, 127, 128, 191, 192, 254, 255)
    const run = fc.record({
      seed: fc.integer({ min: 1, max: 1e9 }),
      prefixes: fc.array(shared, { maxLength: 120 }),
      count: fc.constantFrom(1, 2, 3, 20, 21, 500),
    })
    fc.assert(
      fc.property(run, ({ seed, prefixes, count }) => {
        const random = new Seeded(seed)
        const bases = [own, random.bytes(32), random.bytes(32)]
        const ids = prefixes.map(bits => idSharing(bases[random.below(3)], bits, random))
        for (const id of ids) if (random.below(3) === 0) bases.push(id)
        const table = tables.routing({ own, capacity: 128 })
        const model = filled(table, ids)
        for (const target of [...bases.slice(0, 12), random.bytes(32)]) {
          expect(nearest(table, target, count)).toEqual(model.closest(target, count))
        }
        table.free()
      }),
      { numRuns: 120, seed: 28 },
    )
  })

  it('[E28] answers like the model after any sequence of inserts, removals, touches, growth and clearing', () => {
    const step = fc.record({
      what: fc.constantFrom('insert', 'insert', 'insert', 'insert', 'remove', 'touch', 'find', 'clear', 'enlarge'),
      which: fc.nat(40),
      shared: fc.constantFrom(0, 1, 2, 8, 64, 128, 255, 256),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 1e9 }), (steps, seed) => {
        const random = new Seeded(seed)
        const ids = Array.from({ length: 41 }, (_, i) => idSharing(own, steps[i]?.shared ?? i, random))
        const table = tables.routing({ own, capacity: 12 })
        let model = new NaiveTable(own)
        for (const { what, which } of steps) {
          const id = ids[which]
          const known = model.find(id)
          if (what === 'insert') {
            const slot = table.insert(id)
            if (known >= 0) expect(slot).toBe(known)
            else if (model.ids.size === table.capacity) expect(slot).toBe(-1)
            else {
              expect(model.ids.has(slot)).toBe(false)
              expect(slot).toBeLessThan(table.capacity)
              model.insert(slot, id)
            }
          } else if (what === 'find') expect(table.find(id)).toBe(known)
          else if (what === 'remove') expect(table.remove(which)).toBe(model.leave(which, false))
          else if (what === 'touch') expect(table.touch(which)).toBe(model.leave(which, true))
          else if (what === 'enlarge') table.enlarge(table.capacity + (which % 4))
          else if (which < 4) {
            table.clear()
            model = new NaiveTable(own)
          }
          expect(table.size).toBe(model.ids.size)
          expect(nearest(table, id, 5)).toEqual(model.closest(id, 5))
          const bucket = model.bucketOf(id)
          expect(table.bucketOf(id)).toBe(bucket)
          expect(listed(table, bucket)).toEqual(model.bucket(bucket))
          expect(table.bucketSize(bucket)).toBe(model.bucket(bucket).length)
        }
        table.free()
      }),
      { numRuns: 150, seed: 29 },
    )
  })

  it('[E28] serves buckets of 20 that prefer the contact seen longest ago', () => {
    const random = new Seeded(2)
    const table = tables.routing({ own })
    const turnedAway: Uint8Array[] = []
    for (let i = 0; i < 200; i++) {
      const id = idSharing(own, i % 4, random)
      if (table.bucketSize(table.bucketOf(id)) < 20) table.insert(id)
      else turnedAway.push(id)
    }
    expect([0, 1, 2, 3, 4].map(bucket => table.bucketSize(bucket))).toEqual([20, 20, 20, 20, 0])
    const [first, second] = listed(table, 2)
    expect(table.oldest(2)).toBe(first)
    // The oldest answered: it becomes the newest, and the next one is asked the next time.
    expect(table.touch(first)).toBe(true)
    expect(listed(table, 2).at(-1)).toBe(first)
    expect(table.oldest(2)).toBe(second)
    // That one is gone: its place goes to a new contact.
    expect(table.remove(second)).toBe(true)
    const next = turnedAway.find(id => table.bucketOf(id) === 2) as Uint8Array
    const slot = table.insert(next)
    expect(listed(table, 2).at(-1)).toBe(slot)
    expect(table.bucketSize(2)).toBe(20)
    table.free()
  })

  it('[E28] stays exact in a large table through much coming and going, single and in batches', () => {
    const random = new Seeded(3)
    const table = tables.routing({ own, capacity: 3000 })
    const ids = Array.from({ length: 4500 }, (_, i) => (i % 3 === 0 ? idSharing(own, 66, random) : random.bytes(32)))
    const model = new NaiveTable(own)
    const targets = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? random.bytes(32) : ids[i]))
    const compare = (): void => {
      const want = targets.map(target => model.closest(target, 20))
      expect(targets.map(target => nearest(table, target, 20))).toEqual(want)
      const out = new Int32Array(6 * 20)
      expect(table.closestBatch(Buffer.concat(targets), out, 20)).toBe(20)
      expect([...out]).toEqual(want.flat())
    }
    for (const [i, id] of ids.entries()) {
      model.ids.set(table.insert(id), id)
      if (i >= 2700) {
        const gone = table.find(ids[i - 2700])
        expect(table.remove(gone) && model.ids.delete(gone)).toBe(true)
      }
      if (i === 2600 || i === 2800 || i === 4000) compare()
      // The nodes lie in order, in the other array, since the first comparison; a larger table takes them along.
      if (i === 2650) table.enlarge(3100)
    }
    expect(table.size).toBe(2700)
    table.enlarge(4500)
    compare()
    expect(table.find(ids[4499])).toBe(model.find(ids[4499]))
    table.free()
  })

  it('walks the deepest trie there is: 256 levels, each with one id beside the path', () => {
    const table = tables.routing({ own, capacity: 257 })
    const random = new Seeded(4)
    const model = filled(
      table,
      Array.from({ length: 257 }, (_, bits) => idSharing(own, bits, random)),
    )
    expect(nearest(table, own, 257)).toEqual([...Array(257).keys()].reverse())
    for (let i = 0; i < 257; i += 16) {
      const target = model.ids.get(i) as Uint8Array
      expect(nearest(table, target, 257)).toEqual(model.closest(target, 257))
    }
    for (let bucket = 0; bucket <= 256; bucket++) expect(listed(table, bucket)).toEqual([bucket])
    table.free()
  })

  it('is empty at first, and gives slots again only after removal', () => {
    const table = tables.routing({ own, capacity: 2 })
    const [a, b, c] = [1, 2, 3].map(byte => new Uint8Array(32).fill(byte))
    expect([table.size, table.find(a), nearest(table, a, 3), table.oldest(0)]).toEqual([0, -1, [], -1])
    expect(table.closestBatch(a, new Int32Array(5), 5)).toBe(0)
    const slots = [table.insert(a), table.insert(b)]
    expect(table.insert(c)).toBe(-1)
    expect(table.insert(a)).toBe(slots[0])
    expect(nearest(table, a, 0)).toEqual([])
    expect(table.closestBatch(new Uint8Array(0), new Int32Array(0), 0)).toBe(0)
    expect(table.remove(slots[0])).toBe(true)
    expect(table.remove(slots[0])).toBe(false)
    expect(table.touch(slots[0])).toBe(false)
    expect(table.next(slots[0])).toBe(-1)
    expect(table.insert(c)).toBe(slots[0])
    const out = new Uint8Array(40)
    expect(table.read(slots[0], out, 8)).toBe(true)
    expect(out).toEqual(Uint8Array.of(...new Uint8Array(8), ...c))
    table.free()
  })

  it('reads ids inside larger arrays', () => {
    const table = tables.routing({ own })
    const bytes = new Seeded(5).bytes(100)
    const slot = table.insert(bytes, 17)
    expect(table.find(bytes.slice(17, 49))).toBe(slot)
    expect(table.find(bytes, 18)).toBe(-1)
    expect(table.bucketOf(bytes, 17)).toBe(table.bucketOf(bytes.subarray(17, 49)))
    expect(table.closest(bytes, new Int32Array(1), 1, 60)).toBe(1)
    table.free()
  })

  it('refuses numbers that are no slots or buckets', () => {
    const table = tables.routing({ own, capacity: 8 })
    table.insert(own)
    for (const slot of [-1, 1, 7, 8, 300, 0.5, NaN, Infinity, 2 ** 32, 2 ** 31, -(2 ** 31)]) {
      expect(table.remove(slot)).toBe(false)
      expect(table.touch(slot)).toBe(false)
      expect(table.next(slot)).toBe(-1)
      expect(table.read(slot, new Uint8Array(32))).toBe(false)
    }
    for (const bucket of [-1, 0.5, 257, NaN, 2 ** 32, 2 ** 31]) {
      expect([table.bucketSize(bucket), table.oldest(bucket)]).toEqual([0, -1])
    }
    expect([table.bucketSize(256), table.oldest(256), table.size]).toEqual([1, 0, 1])
    table.free()
  })

  it('refuses arguments out of range', () => {
    const table = tables.routing({ own })
    const id = new Uint8Array(32)
    for (const at of [-1, 1, 0.5, NaN]) {
      expect(codeOf(() => table.insert(id, at))).toBe('INVALID_ARGUMENT')
      expect(codeOf(() => table.read(0, id, at))).toBe('INVALID_ARGUMENT')
    }
    for (const count of [-1, 6, 0.5, NaN]) {
      expect(codeOf(() => table.closest(id, new Int32Array(5), count))).toBe('INVALID_ARGUMENT')
      expect(codeOf(() => table.closestBatch(id, new Int32Array(5), count))).toBe('INVALID_ARGUMENT')
    }
    expect(codeOf(() => table.closest(id, new Int32Array(20_000), 16_385))).toBe('INVALID_ARGUMENT')
    expect(table.closest(id, new Int32Array(20_000), 16_384)).toBe(0)
    expect(codeOf(() => table.closestBatch(new Uint8Array(33), new Int32Array(50), 5))).toBe('INVALID_ARGUMENT')
    expect(codeOf(() => table.closestBatch(new Uint8Array(64), new Int32Array(9), 5))).toBe('INVALID_ARGUMENT')
    expect(codeOf(() => table.enlarge(4095))).toBe('INVALID_ARGUMENT')
    expect(codeOf(() => table.enlarge(2 ** 20 + 1))).toBe('INVALID_ARGUMENT')
    for (const capacity of [0, 1.5, -1, NaN, 2 ** 20 + 1]) {
      expect(codeOf(() => tables.routing({ own, capacity }))).toBe('INVALID_ARGUMENT')
    }
    expect(codeOf(() => tables.routing({ own: new Uint8Array(31) }))).toBe('INVALID_ARGUMENT')
    table.free()
  })

  it('answers a batch of any size as single calls do', () => {
    const random = new Seeded(6)
    const table = tables.routing({ own, capacity: 64 })
    for (let i = 0; i < 40; i++) table.insert(random.bytes(32))
    for (const [targets, count] of [
      [3, 9000],
      [2500, 3],
      [5000, 1],
      [4, 60],
    ] as const) {
      const ids = random.bytes(32 * targets)
      const out = new Int32Array(targets * count).fill(-7)
      const found = table.closestBatch(ids, out, count)
      expect(found).toBe(Math.min(count, 40))
      for (let i = 0; i < targets; i += 1 + (targets >> 4)) {
        const row = out.subarray(i * count, (i + 1) * count)
        expect([...row.subarray(0, found)]).toEqual(nearest(table, ids.subarray(32 * i, 32 * (i + 1)), count))
        expect(row.subarray(found).every(slot => slot === -7)).toBe(true)
      }
    }
    table.free()
  })

  it('refuses every call after it was freed', () => {
    const table = tables.routing({ own })
    const slot = table.insert(own)
    table.free()
    table.free()
    const other = tables.routing({ own })
    other.insert(new Uint8Array(32))
    const out = new Int32Array(4)
    const calls: (() => unknown)[] = [
      () => table.insert(own),
      () => table.find(own),
      () => table.remove(slot),
      () => table.touch(slot),
      () => table.read(slot, new Uint8Array(32)),
      () => table.bucketOf(own),
      () => table.bucketSize(0),
      () => table.oldest(0),
      () => table.next(slot),
      () => table.closest(own, out),
      () => table.closestBatch(own, out, 4),
      () => table.clear(),
      () => table.enlarge(5000),
    ]
    for (const call of calls) expect(codeOf(call), String(call)).toBe('INTERNAL')
    expect(table.size).toBe(0)
    expect([other.size, other.find(new Uint8Array(32))]).toEqual([1, 0])
    other.free()
  })
})
