import { packages } from '../../peers/packages.mjs'
import { churnInputs, closestInputs, nearestOf, sameIds } from '../ids.mjs'
import { inTurn, mustHold } from '../inputs.mjs'

/**
 * The k-bucket package. Buckets are as large as the table, since it would otherwise keep about twenty ids of each
 * distance and answer a smaller question.
 */
export const kBucket = {
  name: 'k-bucket',
  package: 'k-bucket',
  runtimes: ['node', 'browser'],
  async load() {
    const { default: KBucket } = await packages[kBucket.package]()
    const tableOf = (self, ids) => {
      const table = new KBucket({ localNodeId: self, numberOfNodesPerKBucket: ids.length + 1 })
      for (const id of ids) table.add({ id })
      mustHold(table.count() === ids.length, 'k-bucket holds all ids')
      return table
    }
    return {
      closest({ ids: size, count }) {
        const { self, ids, targets } = closestInputs(size)
        const table = tableOf(self, ids)
        return inTurn(targets, target => table.closest(target, count))
      },
      churn({ ids: size }) {
        const { self, ids, others } = churnInputs(size)
        const table = tableOf(self, ids)
        return inTurn(others, id => {
          table.add({ id })
          table.remove(id)
        })
      },
    }
  },
}
