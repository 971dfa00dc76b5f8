// Measures in a worker, so that the page can draw meanwhile and nothing that it draws disturbs a turn.
import { hyphae } from '../hyphae.mjs'
import { loadPeers } from '../peers/index.mjs'
import { select } from '../rows/index.mjs'
import { measureRows } from '../run.mjs'

globalThis.onmessage = async ({ data: { filter } }) => {
  try {
    const rows = select(filter)
    const { loaded, missing } = await loadPeers('browser')
    postMessage({ kind: 'begin', missing, rows: rows.length })
    const implementations = [{ name: hyphae.name, operations: await hyphae.load() }, ...loaded]
    await measureRows(rows, implementations, result => postMessage({ kind: 'row', result }))
    postMessage({ kind: 'end' })
  } catch (error) {
    postMessage({ kind: 'failed', message: String(error?.stack ?? error) })
  }
}
