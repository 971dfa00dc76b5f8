import { HyphaeError } from '../core/errors.js'
import { type OnionState } from '../ports/onion-cells.js'
import { MAX_BATCH_CELLS, MAX_CELL_LAYERS } from '../wire/cells.js'

/**
 * Refuses a batch that is no whole number of cells from 0 to 64, or does not lie within its array.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkBatch(cells: Uint8Array, count: number, cellBytes: number): void {
  const fits = Number.isInteger(count) && count >= 0 && count <= MAX_BATCH_CELLS && count * cellBytes <= cells.length
  if (fits && (cellBytes === 1024 || cellBytes === 512)) return
  throw new HyphaeError('INVALID_ARGUMENT', `a batch has 0 to ${MAX_BATCH_CELLS} cells within its array`, {
    details: { count, cellBytes, arrayBytes: cells.length },
  })
}

/**
 * Refuses no layers, more than 8, and one twice: it would go two steps where the relay goes one.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkLayers(layers: readonly OnionState[]): void {
  const count = layers.length
  const once = layers.every((layer, i) => layers.indexOf(layer) === i)
  if (count >= 1 && count <= MAX_CELL_LAYERS && once) return
  throw new HyphaeError(
    'INVALID_ARGUMENT',
    `a circuit has 1 to ${MAX_CELL_LAYERS} layers, each of a state of its own`,
    {
      details: { layers: count },
    },
  )
}

/**
 * What a client does with the verdicts: where not all cells are good, the circuit is over. Nothing unauthenticated leaves,
 * and the ratchets are wiped, so that nobody goes on by mistake.
 *
 * @returns `good`
 */
export function settle(
  cells: Uint8Array,
  good: number,
  count: number,
  layers: readonly OnionState[],
  cellBytes: number,
): number {
  if (good === count) return good
  cells.fill(0, good * cellBytes, count * cellBytes)
  for (const layer of layers) layer.free()
  return good
}

/**
 * Refuses fewer states or less room for verdicts than there are cells.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkStates(count: number, states: readonly OnionState[], verdicts: Uint8Array | undefined): void {
  if (states.length >= count && (verdicts === undefined || verdicts.length >= count)) return
  throw new HyphaeError('INVALID_ARGUMENT', 'every cell needs a state, and room for its verdict', {
    details: { count, states: states.length, verdicts: verdicts?.length },
  })
}
