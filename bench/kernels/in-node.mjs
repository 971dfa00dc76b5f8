// The program of a Node that measures: `node in-node.mjs '{"filter":"aead"}'` prints a line of JSON a message. The bench
// starts one a version of Node, so that all are measured alike.
import { nodeAead } from '../../dist/platform/crypto/aead/node.js'
import { builtKernels } from './built.mjs'
import { hyphae } from './hyphae.mjs'
import { loadPeers } from './peers/index.mjs'
import { choosingOperations } from './operations/aead.mjs'
import { rowsIn, select } from './rows/index.mjs'
import { measureRows } from './run.mjs'

const { filter } = JSON.parse(process.argv[2] ?? '{}')
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`)

const { loaded, missing } = await loadPeers('node')
say({ kind: 'runtime', name: `Node ${process.versions.node}`, missing })
// As the platform of Node makes them: the first long record decides from which size on the native cipher is used.
const chosen = await builtKernels({ native: nodeAead(), stopwatch: () => performance.now() })
// Probed now, before the others fill caches and heap, as the first long record of a node would do it.
chosen.aead.key(new Uint8Array(32)).seal(new Uint8Array(12), new Uint8Array(0), 0, 0, new Uint8Array(65_552), 0, 65_536)
const operations = { ...(await hyphae.load()), ...choosingOperations(chosen.aead) }
const implementations = [{ name: hyphae.name, operations }, ...loaded]
await measureRows(rowsIn('node', select(filter)), implementations, {
  onRow: result => say({ kind: 'row', result }),
  onTrouble: trouble => say({ kind: 'trouble', trouble }),
})
const nativeFrom = Number(chosen.backends.aeadNativeFrom)
const note = Number.isFinite(nativeFrom)
  ? `records of ${nativeFrom} bytes and more went to the native cipher`
  : 'records of every size stayed with the kernel: the native cipher was not found to be quicker'
say({ kind: 'end', notes: [note] })
process.exit(0)
