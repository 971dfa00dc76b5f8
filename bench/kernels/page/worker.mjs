// Measures in a worker, so that the page can draw meanwhile and nothing that it draws disturbs a turn.
import { hyphae } from '../hyphae.mjs'
import { loadPeers } from '../peers/index.mjs'
import { rowsIn, select } from '../rows/index.mjs'
import { measureRows } from '../run.mjs'

/** Clocks of browsers are coarse, up to 20 µs even on an isolated page: longer turns then, and fewer of them. */
const TURNS = { turnMs: 1, rounds: 81 }

globalThis.onmessage = async ({ data: { filter } }) => {
  try {
    const rows = rowsIn('browser', select(filter))
    const { loaded, missing } = await loadPeers('browser')
    postMessage({ kind: 'begin', missing, rows: rows.length })
    const implementations = [{ name: hyphae.name, operations: await hyphae.load() }, ...loaded]
    const onRow = result => postMessage({ kind: 'row', result })
    const onTrouble = trouble => postMessage({ kind: 'trouble', trouble })
    await measureRows(rows, implementations, { onRow, onTrouble }, TURNS)
    postMessage({ kind: 'end' })
  } catch (error) {
    console.error(error)
    postMessage({ kind: 'failed', message: String(error?.message ?? error) })
  }
}
