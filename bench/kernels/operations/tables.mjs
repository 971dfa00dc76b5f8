import { churnInputs, closestInputs, ID_BYTES, nearestOf, newIds, sameIds } from '../ids.mjs'
import { inTurn, mustHold } from '../inputs.mjs'

const TTL_MS = 120_000

/** Routing tables and seen-sets by the TableKernels of hyphae. */
export const tableOperations = tables => ({ ...routing(tables), ...seen(tables) })

function routing(tables) {
  const tableOf = (own, ids) => {
    const table = tables.routing({ own, capacity: ids.length + 1 })
    for (const id of ids) table.insert(id)
    return table
  }
  return {
    closest({ ids: size, count }) {
      const { self, ids, targets } = closestInputs(size)
      const table = tableOf(self, ids)
      const out = new Int32Array(count)
      const idsAt = slots => Array.from(slots, slot => (table.read(slot, id), id.slice()))
      const id = new Uint8Array(ID_BYTES)
      table.closest(targets[0], out)
      mustHold(sameIds(idsAt(out), nearestOf(ids, targets[0], count)), 'the closest ids are the closest')
      return inTurn(targets, target => table.closest(target, out))
    },
    churn({ ids: size }) {
      const { self, ids, others } = churnInputs(size)
      const table = tableOf(self, ids)
      return inTurn(others, id => table.remove(table.insert(id)))
    },
  }
}

function seen(tables) {
  const filled = ({ ids: capacity, count }) => {
    const set = tables.seen({ key: new Uint8Array(16).fill(7), capacity, ttlMs: TTL_MS })
    const ids = newIds(count)
    const fresh = new Uint8Array(count)
    // The old generation is full, so that every look-up has to ask both.
    for (let i = 0; i + count <= capacity; i += count) set.insertBatch(ids.next(), count, fresh, 0)
    return { set, ids, fresh }
  }
  return {
    seenInsert(parameters) {
      const { count } = parameters
      const { set, ids, fresh } = filled(parameters)
      mustHold(set.insertBatch(ids.next(), count, fresh, TTL_MS) === count, 'new ids are new')
      return () => set.insertBatch(ids.next(), count, fresh, TTL_MS)
    },
    seenHit(parameters) {
      const { ids: capacity, count } = parameters
      const { set, ids, fresh } = filled(parameters)
      for (let i = 0; i + count <= capacity; i += count) set.insertBatch(ids.next(), count, fresh, TTL_MS)
      mustHold(
        set.insertBatch(ids.recent(capacity - count), count, fresh, TTL_MS) === 0,
        'ids that were there are seen',
      )
      return () => set.insertBatch(ids.recent(capacity - count), count, fresh, TTL_MS)
    },
  }
}
