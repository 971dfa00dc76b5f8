// Measures rows wherever it runs: in Node or in a worker of a page.
import { compare } from '../lib/measure.mjs'
import { resultOf } from '../lib/report.mjs'
import { mustHold } from './inputs.mjs'

export const SUITE = 'kernels'

/** What a call of so many nanoseconds means in the row's unit, by item. */
export function inUnit(ns, { unit, items = 1 }) {
  const each = ns / items
  if (unit === 'ns') return each
  return unit === 'µs' ? each / 1000 : 1e6 / each
}

/**
 * Measures each row with every implementation that knows its operation.
 *
 * @param {import('./rows/index.mjs').Row[]} rows
 * @param {{ name: string, operations: object }[]} implementations hyphae among them, which has to know all
 *   operations
 * @param {(result: object) => unknown} onRow called with each result; awaited, so that a page can draw
 * @returns {Promise<object[]>} results in the shape of bench/lib/report.mjs, with their group
 */
export async function measureRows(rows, implementations, onRow = () => undefined, options = {}) {
  const results = []
  for (const row of rows) {
    const able = implementations.filter(({ operations }) => operations[row.operation])
    mustHold(
      able.some(({ name }) => name === 'hyphae'),
      `hyphae has no operation ${row.operation}`,
    )
    const works = able.map(({ name, operations }) => [name, operations[row.operation](row.parameters)])
    const ns = await compare(Object.fromEntries(works), options)
    const values = Object.fromEntries(Object.entries(ns).map(([name, value]) => [name, inUnit(value, row)]))
    const result = { ...resultOf({ suite: SUITE, ...row }, values), group: row.group }
    results.push(result)
    await onRow(result)
  }
  return results
}
