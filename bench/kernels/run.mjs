// Measures rows wherever it runs: in Node or in a worker of a page.
import { compare } from '../lib/measure.mjs'
import { resultOf } from '../lib/report.mjs'

export const SUITE = 'kernels'

/** What a call of so many nanoseconds means in the row's unit, by item. */
export function inUnit(ns, { unit, items = 1 }) {
  const each = ns / items
  if (unit === 'ns') return each
  return unit === 'µs' ? each / 1000 : 1e6 / each
}

/**
 * Measures each row with every implementation that knows its operation. One that cannot do it is left out of that row and
 * told of; where that is hyphae, the row is.
 *
 * @param {import('./rows/index.mjs').Row[]} rows
 * @param {{ name: string, operations: object }[]} implementations hyphae among them, which has to know all operations
 * @param {{ onRow?(result: object): unknown, onTrouble?(trouble: { row: string, name: string, reason: string }): unknown }} on
 *   `onRow` is awaited, so that a page can draw
 * @returns {Promise<object[]>} results in the shape of bench/lib/report.mjs, with their group
 */
export async function measureRows(rows, implementations, { onRow, onTrouble } = {}, options = {}) {
  const results = []
  for (const row of rows) {
    const { works, troubles } = prepare(row, implementations)
    for (const trouble of troubles) onTrouble?.(trouble)
    if (works.hyphae === undefined) continue
    const ns = await compare(works, options)
    const values = Object.fromEntries(Object.entries(ns).map(([name, value]) => [name, inUnit(value, row)]))
    const result = { ...resultOf({ suite: SUITE, ...row }, values), group: row.group }
    results.push(result)
    await onRow?.(result)
  }
  return results
}

/** The work of each implementation for a row, and who should have one and has not. */
function prepare(row, implementations) {
  const works = {}
  const troubles = []
  for (const { name, operations } of implementations) {
    const operation = operations[row.operation]
    if (operation === undefined && name !== 'hyphae') continue
    try {
      if (operation === undefined) throw new Error(`there is no ${row.operation}`)
      const work = operation(row.parameters)
      // Once, so that what does not work shows here and not among the turns.
      work()
      works[name] = work
    } catch (error) {
      troubles.push({ row: row.row, name, reason: String(error?.message ?? error) })
    }
  }
  return { works, troubles }
}
