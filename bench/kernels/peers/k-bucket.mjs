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
      // As adding them would leave it; each add looks at all that are there, which takes minutes for the largest.
      table.root.contacts = ids.map(id => ({ id }))
      return table
    }
    return {
      closest({ ids: size, count }) {
        const { self, ids, targets } = closestInputs(size)
        const table = tableOf(self, ids)
        const found = table.closest(targets[0], count).map(({ id }) => id)
        mustHold(sameIds(found, nearestOf(ids, targets[0], count)), 'k-bucket finds the closest')
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
