import { bytes as bytesOf, mustHold } from '../inputs.mjs'

/**
 * Batches of cells by an OnionCells of hyphae, over and over in the same array: what a layer makes of a cell is as good a
 * cell as any other. A relay serves as many circuits as there are cells.
 */
export function onionOperations(onion) {
  const states = count => Array.from({ length: count }, (_, i) => onion.state(bytesOf(32, 20 + i)))
  return {
    onionWrap({ bytes, cells: count, layers }) {
      mustHold(comesBack(onion, bytes, layers), 'onion layers come off as they were put on')
      const cells = bytesOf(bytes * count, 6)
      const hops = states(layers)
      return () => onion.wrap(cells, count, hops, bytes)
    },
    onionPeel({ bytes, cells: count }) {
      const cells = bytesOf(bytes * count, 6)
      const circuits = states(count)
      const verdicts = new Uint8Array(count)
      return () => onion.peel(cells, count, circuits, verdicts, bytes)
    },
  }
}

/** Whether relays take off what a client put on. */
function comesBack(onion, bytes, layers) {
  const make = () => Array.from({ length: layers }, (_, i) => onion.state(bytesOf(32, 20 + i)))
  const cell = bytesOf(bytes, 6)
  const wrapped = cell.slice()
  onion.wrap(wrapped, 1, make(), bytes)
  for (const state of make()) onion.peel(wrapped, 1, [state], undefined, bytes)
  return wrapped.every((byte, i) => byte === cell[i])
}
