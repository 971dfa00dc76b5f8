// Ids for the routing table and the seen-set: uniform, 32 bytes each, as BLAKE3 makes them.
import { bytes } from './inputs.mjs'

export const ID_BYTES = 32
const ID_WORDS = ID_BYTES / 4
const TARGETS = 512

/** So many ids, as views of one array. */
const idsFrom = (count, seed) => {
  const packed = bytes(count * ID_BYTES, seed)
  return Array.from({ length: count }, (_, i) => packed.subarray(i * ID_BYTES, (i + 1) * ID_BYTES))
}

/** A table's ids and targets that lie anywhere. */
export const closestInputs = size => ({
  self: bytes(ID_BYTES, 11),
  ids: idsFrom(size, 12),
  targets: idsFrom(TARGETS, 13),
})

/** A table's ids and others that come and go. */
export const churnInputs = size => ({
  self: bytes(ID_BYTES, 11),
  ids: idsFrom(size, 12),
  others: idsFrom(TARGETS, 14),
})

/** The ids nearest to a target by XOR, by a full sort: what every table has to answer. */
export function nearestOf(ids, target, count) {
  const byDistance = (a, b) => {
    for (let i = 0; i < ID_BYTES; i++) {
      const difference = (a[i] ^ target[i]) - (b[i] ^ target[i])
      if (difference !== 0) return difference
    }
    return 0
  }
  return [...ids].sort(byDistance).slice(0, count)
}

/** Whether two lists hold the same ids in the same order. */
export const sameIds = (some, others) =>
  some.length === others.length && some.every((id, i) => id.every((byte, at) => byte === others[i][at]))

/**
 * Batches of `count` ids behind each other in one array, which each call writes anew: ids that were never given before, or
 * ids of the last ones that were. Only two words of an id change; sets hash all of it.
 */
export function newIds(count) {
  const packed = bytes(count * ID_BYTES, 15)
  const words = new Uint32Array(packed.buffer)
  let given = 0
  let state = 1
  return {
    next() {
      for (let i = 0; i < count; i++) write(words, i * ID_WORDS, given + i)
      given += count
      return packed
    },
    /** Any of the newest `span`: for each place of a batch the id at this place of some batch. Cheap, because it is timed. */
    recent(span) {
      const batches = Math.floor(span / count)
      for (let i = 0; i < count; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
        const back = 1 + Math.trunc(((state >>> 12) * batches) / 2 ** 20)
        write(words, i * ID_WORDS, given - back * count + i)
      }
      return packed
    },
  }
}

function write(words, at, number) {
  words[at] = number
  words[at + 3] = Math.imul(number, 2_654_435_761)
}
