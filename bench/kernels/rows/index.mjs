import { aeadRows } from './aead.mjs'
import { blake3Rows } from './blake3.mjs'
import { mlKemRows } from './ml-kem.mjs'
import { onionRows } from './onion.mjs'
import { routingRows } from './routing.mjs'
import { seenSetRows } from './seen-set.mjs'

/**
 * @typedef {object} Row
 * @property {string} group heading under which it stands
 * @property {string} row what is measured
 * @property {'ns' | 'µs' | 'k/s'} unit of the values and of the goal's limit
 * @property {string} operation name in the implementations: one that lacks it has no column in this row
 * @property {object} parameters handed to the operation
 * @property {('node' | 'browser')[]} [runtimes] where it makes sense; everywhere when absent
 * @property {number} [items] that one call does; values are by item, 1 when absent
 * @property {import('../../lib/goals.mjs').Goal} [goal]
 */

/** Everything that is measured, in the order of the report. */
export const rows = [...aeadRows, ...blake3Rows, ...mlKemRows, ...onionRows, ...routingRows, ...seenSetRows]

/** The rows that make sense in a runtime. */
export const rowsIn = (runtime, list = rows) => list.filter(row => row.runtimes?.includes(runtime) ?? true)

/**
 * The rows whose group or name contains one of the words, which commas separate; all without words.
 *
 * @param {string | undefined} filter
 */
export function select(filter, list = rows) {
  const words = (filter ?? '')
    .toLowerCase()
    .split(',')
    .map(word => word.trim())
    .filter(Boolean)
  if (words.length === 0) return list
  return list.filter(({ group, row }) => words.some(word => `${group} ${row}`.toLowerCase().includes(word)))
}
