// The program of a Node that measures: `node in-node.mjs '{"filter":"dial"}'` prints a line of JSON a message. The bench
// starts one a version of Node, so that all are measured alike.
import { makePairs } from './pairs.mjs'
import { contenders } from './peers/index.mjs'
import { rowsOn, select } from './rows.mjs'
import { measureRows } from './run.mjs'

const { filter } = JSON.parse(process.argv[2] ?? '{}')
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`)

/** A contender that throws from one of its own events is told of and must not end the measurement of the others. */
process.on('uncaughtException', error => console.error(`bench: ${error.stack}`))

const major = Number(process.versions.node.split('.')[0])
const rows = select(rowsOn(major), filter)
const { pairOf, close } = makePairs()

/** Those that can be started at all. */
async function present(wanted) {
  const loaded = []
  const missing = []
  for (const contender of wanted) {
    const name = `${contender.name} (${contender.transport})`
    if (contender.needsNode > major) {
      const reason = `it needs Node ${contender.needsNode} or later`
      missing.push({ name, reason, bring: 'npm run bench -- sessions --node24' })
      continue
    }
    try {
      await pairOf(contender, 1)
      loaded.push(contender)
    } catch (error) {
      missing.push({ name, reason: reasonOf(error), bring: contender.bring })
    }
  }
  return { loaded, missing }
}

const reasonOf = error =>
  error?.code === 'ERR_MODULE_NOT_FOUND' ? 'its package is not installed' : String(error?.message ?? error)

const { loaded, missing } = await present(
  contenders.filter(({ transport }) => rows.some(row => row.transport === transport)),
)
say({ kind: 'runtime', name: `Node ${process.versions.node}`, missing })
await measureRows(rows, loaded, pairOf, {
  onRow: result => say({ kind: 'row', result }),
  onTrouble: trouble => say({ kind: 'trouble', trouble }),
})
say({ kind: 'end' })
close()
process.exit(0)
