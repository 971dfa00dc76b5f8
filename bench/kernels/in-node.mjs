// The program of a Node that measures: `node in-node.mjs '{"filter":"aead"}'` prints a line of JSON a message. The bench
// starts one a version of Node, so that all are measured alike.
import { hyphae } from './hyphae.mjs'
import { loadPeers } from './peers/index.mjs'
import { select } from './rows/index.mjs'
import { measureRows } from './run.mjs'

const { filter } = JSON.parse(process.argv[2] ?? '{}')
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`)

const { loaded, missing } = await loadPeers('node')
say({ kind: 'runtime', name: `Node ${process.versions.node}`, missing })
const implementations = [{ name: hyphae.name, operations: await hyphae.load() }, ...loaded]
await measureRows(select(filter), implementations, result => say({ kind: 'row', result }))
say({ kind: 'end' })
process.exit(0)
