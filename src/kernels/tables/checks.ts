import { HyphaeError } from '../../core/errors.js'
import { type RoutingTableOptions } from '../../ports/routing-table.js'
import { type SeenSetOptions } from '../../ports/seen-set.js'

/** Bytes of an id of a routing table. */
export const ID_BYTES = 32
/** Bytes of the key of a seen-set. */
export const KEY_BYTES = 16
/** The most ids of a routing table. */
export const MAX_ROUTING_IDS = 2 ** 20
/** The most results for one target. */
export const MAX_CLOSEST = 16_384
/** The most ids of a generation of a seen-set. */
export const MAX_SEEN_IDS = 2 ** 22
/** The most bytes of an id of a seen-set. */
export const MAX_SEEN_ID_BYTES = 64

const DEFAULT_ROUTING_IDS = 4096
const DEFAULT_SEEN_IDS = 65_536
const DEFAULT_TTL_MS = 120_000

const invalid = (message: string, details: Record<string, unknown>): HyphaeError =>
  new HyphaeError('INVALID_ARGUMENT', message, { details })

/** The error of every use of a table after it was freed. */
export function freedTable(): HyphaeError {
  return new HyphaeError('INTERNAL', 'a table was used after it was freed')
}

/** The error of a kernel that does not do what it must. */
export function brokenTable(): HyphaeError {
  return new HyphaeError('INTERNAL', 'a table of the kernels makes no room')
}

/** The error of a table for which there is no memory. */
export function noMemory(): HyphaeError {
  return new HyphaeError('LIMIT_EXCEEDED', 'there is no memory for a table of this capacity', {
    remedy: 'free tables that are not needed, or make smaller ones',
  })
}

/**
 * Refuses a number that is not whole or out of its range.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw invalid(`${name} is a whole number from ${min} to ${max}, not ${value}`, { name, value, min, max })
}

/** Whether a number can be a slot or a bucket at all: whole, and not negative. */
export function isSlot(value: number): boolean {
  return (value | 0) === value && value >= 0
}

/**
 * Refuses an id that does not lie in its array.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkId(bytes: Uint8Array, at: number, length: number): void {
  // The last comparison refuses fractions and NaN too.
  if (at >= 0 && at + length <= bytes.length && (at | 0) === at) return
  throw invalid(`an id of ${length} bytes does not lie at ${at} of an array of ${bytes.length}`, {
    at,
    idBytes: length,
    arrayBytes: bytes.length,
  })
}

/** The capacity asked for, checked with the own id. */
export function routingCapacity({ own, capacity = DEFAULT_ROUTING_IDS }: RoutingTableOptions): number {
  if (own.length !== ID_BYTES) throw invalid(`an own id has ${ID_BYTES} bytes, not ${own.length}`, {})
  checkWhole('capacity', capacity, 1, MAX_ROUTING_IDS)
  return capacity
}

/**
 * Refuses a number of results that `out` has no room for.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkCount(count: number, out: Int32Array): void {
  if (count >= 0 && count <= out.length && count <= MAX_CLOSEST && (count | 0) === count) return
  throw invalid(`${count} results, but at most ${MAX_CLOSEST} and what the array has room for: ${out.length}`, {
    count,
  })
}

/**
 * How many packed targets there are.
 * @throws HyphaeError INVALID_ARGUMENT when they are no whole ids or the results do not fit into `out`
 */
export function countTargets(targets: Uint8Array, out: Int32Array, count: number): number {
  checkCount(count, out)
  const number = targets.length / ID_BYTES
  if (Number.isInteger(number) && number * count <= out.length) return number
  throw invalid(`${targets.length} bytes of targets, ${count} results each, room for ${out.length}`, { count })
}

/** The options of a seen-set, checked and complete. */
export function seenOptions(options: SeenSetOptions): Required<SeenSetOptions> {
  const { key, idBytes = ID_BYTES, capacity = DEFAULT_SEEN_IDS, ttlMs = DEFAULT_TTL_MS } = options
  if (key.length !== KEY_BYTES) throw invalid(`the key of a seen-set has ${KEY_BYTES} bytes, not ${key.length}`, {})
  checkWhole('idBytes', idBytes, 1, MAX_SEEN_ID_BYTES)
  checkWhole('capacity', capacity, 1, MAX_SEEN_IDS)
  if (!(ttlMs > 0)) throw invalid(`ttlMs is more than 0, not ${ttlMs}`, { ttlMs })
  return { key, idBytes, capacity, ttlMs }
}

/**
 * Refuses a batch that does not lie in its arrays.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkBatch(ids: Uint8Array, idBytes: number, stride: number, count: number, fresh: Uint8Array): void {
  const right = (count | 0) === count && (stride | 0) === stride && count >= 0 && stride >= idBytes
  const end = count === 0 ? 0 : (count - 1) * stride + idBytes
  if (right && count <= fresh.length && end <= ids.length) return
  throw invalid(
    `${count} ids of ${idBytes} bytes, ${stride} apart, do not lie in ${ids.length} bytes or have no answer`,
    {
      ...{ count, stride, idBytes, arrayBytes: ids.length, answers: fresh.length },
    },
  )
}
