import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { loadKernels } from '../../src/kernels/index.js'
import { wasmTables } from '../../src/kernels/tables/choice.js'
import { instantiate, type KernelInstance } from '../../src/kernels/wasm/instance.js'
import type { TableKernels } from '../../src/ports/kernels.js'
import type { RoutingTable } from '../../src/ports/routing-table.js'
import type { Seeded } from './backends.js'

/** Both implementations of the tables, by name. */
export const tableBackends: [string, TableKernels][] = [
  ['wasm', loadKernels({ backend: 'wasm' }).tables],
  ['fallback', loadKernels({ backend: 'fallback' }).tables],
]

const module = new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'))

/** An instance of its own, with the tables in it. */
export function freshTables(): { kernel: KernelInstance; tables: TableKernels } {
  const kernel = instantiate(module)
  return { kernel, tables: wasmTables(kernel) }
}

/** Ids that have `shared` leading bits in common with `base` and differ in the next one, the rest random. */
export function idSharing(base: Uint8Array, shared: number, random: Seeded): Uint8Array {
  const id = random.bytes(32)
  for (let bit = 0; bit < Math.min(shared + 1, 256); bit++) {
    const mask = 0x80 >> (bit & 7)
    const same = (base[bit >> 3] & mask) !== 0
    const wanted = bit < shared ? same : !same
    id[bit >> 3] = wanted ? id[bit >> 3] | mask : id[bit >> 3] & ~mask
  }
  return id
}

const number = (id: Uint8Array): bigint => BigInt(`0x${Buffer.from(id).toString('hex')}`)

/** The routing table as its documentation tells it, in the plainest way: what both implementations are held against. */
export class NaiveTable {
  readonly ids = new Map<number, Uint8Array>()
  readonly buckets = new Map<number, number[]>()

  constructor(private readonly own: Uint8Array) {}

  bucketOf(id: Uint8Array): number {
    const distance = number(id) ^ number(this.own)
    return distance === 0n ? 256 : 256 - distance.toString(2).length
  }

  find(id: Uint8Array): number {
    for (const [slot, known] of this.ids) if (Buffer.compare(known, id) === 0) return slot
    return -1
  }

  bucket(bucket: number): number[] {
    const slots = this.buckets.get(bucket) ?? []
    this.buckets.set(bucket, slots)
    return slots
  }

  insert(slot: number, id: Uint8Array): void {
    this.ids.set(slot, id)
    this.bucket(this.bucketOf(id)).push(slot)
  }

  /** Takes a slot out of its bucket, and back in as the newest where it is only touched. */
  leave(slot: number, touched: boolean): boolean {
    const id = this.ids.get(slot)
    if (id === undefined) return false
    const slots = this.bucket(this.bucketOf(id))
    slots.splice(slots.indexOf(slot), 1)
    if (touched) slots.push(slot)
    else this.ids.delete(slot)
    return true
  }

  /** Slots of the nearest ids, by a full sort of all distances of 256 bit. */
  closest(target: Uint8Array, count: number): number[] {
    const to = number(target)
    const all = [...this.ids].map(([slot, id]) => ({ slot, distance: number(id) ^ to }))
    all.sort((a, b) => (a.distance < b.distance ? -1 : 1))
    return all.slice(0, count).map(({ slot }) => slot)
  }
}

/** The nearest slots as an array; what lies behind them must stay untouched. */
export function nearest(table: RoutingTable, target: Uint8Array, count: number): number[] {
  const out = new Int32Array(count + 2).fill(-7)
  const found = table.closest(target, out, count)
  if (out.subarray(found).some(slot => slot !== -7)) throw new Error('more was written than was found')
  return [...out.subarray(0, found)]
}

/** The slots of a bucket, the one seen longest ago first. */
export function listed(table: RoutingTable, bucket: number): number[] {
  const slots: number[] = []
  for (let slot = table.oldest(bucket); slot >= 0; slot = table.next(slot)) slots.push(slot)
  return slots
}
