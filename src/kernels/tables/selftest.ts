import { type TableKernels } from '../../ports/kernels.js'

/** Ids of the test: enough for every path and for the engine to replace what its quick compiler made. */
const IDS = 600

/**
 * Fills, asks and empties a routing table and a seen-set, and puts every answer into one number: two implementations that
 * give the same are right or wrong together.
 */
export function tablesDigest(tables: TableKernels): number {
  const ids = new Uint8Array(32 * IDS)
  let state = 1
  for (let i = 0; i < ids.length; i++) {
    state = Math.imul(state, 0x0019_660d) + 0x3c6e_f35f
    // Every fourth id shares up to 31 bytes with the one before, so that long prefixes are tried too.
    const shares = i >= 32 && i % 128 < ((i >>> 7) & 31)
    ids[i] = shares ? ids[i - 32] : state >>> 24
  }
  return Math.imul(routingDigest(tables, ids), 31) ^ seenDigest(tables, ids)
}

/** What {@link tablesDigest} must give; a test computes it with the fallback in TypeScript. */
export const TABLES_DIGEST = 640399994

/** Whether tables are right; also warms them up. */
export function passesTablesSelfTest(tables: TableKernels): boolean {
  return tablesDigest(tables) === TABLES_DIGEST
}

function routingDigest(tables: TableKernels, ids: Uint8Array): number {
  const table = tables.routing({ own: ids.subarray(0, 32), capacity: IDS / 2 })
  const out = new Int32Array(20)
  let digest = 0
  const mix = (value: number): void => void (digest = (Math.imul(digest, 0x0100_0193) + value) | 0)
  for (let i = 0; i < IDS; i++) {
    mix(table.insert(ids, 32 * i))
    mix(table.bucketOf(ids, 32 * i))
    if (i % 3 === 0) mix(table.remove(i >>> 1) ? 1 : 0)
    if (i % 5 === 0) mix(table.touch(i >>> 2) ? 1 : 0)
    mix(table.closest(ids, out, 20, 32 * (IDS - 1 - i)))
    for (const slot of out) mix(slot)
  }
  for (let bucket = 0; bucket <= 256; bucket++) {
    mix(table.bucketSize(bucket))
    // Bounded: what is tested may be broken.
    for (let slot = table.oldest(bucket), left = IDS; slot >= 0 && left > 0; slot = table.next(slot), left--) mix(slot)
  }
  table.free()
  return digest
}

function seenDigest(tables: TableKernels, ids: Uint8Array): number {
  const seen = tables.seen({ key: ids.subarray(0, 16), capacity: IDS / 4, ttlMs: 10 })
  const fresh = new Uint8Array(IDS)
  let digest = 0
  for (let turn = 0; turn < 4; turn++) {
    digest = Math.imul(digest, 31) + seen.insertBatch(ids, IDS / 2, fresh, turn, 64)
    for (let i = 0; i < IDS; i++) digest = (Math.imul(digest, 3) + fresh[i] + (seen.has(ids, turn, i) ? 1 : 0)) | 0
    if (seen.insert(ids, 5 * turn, turn)) digest = ~digest
  }
  digest += seen.size + seen.earlyRotations
  seen.free()
  return digest
}
