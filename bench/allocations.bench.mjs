// npm run bench -- allocations [--json]: bytes of heap that an operation allocates, both ends of a connection together.
import { countAllocations } from './allocations/run.mjs'
import { optionsOf } from './lib/arguments.mjs'
import { jsonLines, resultOf, tableOf } from './lib/report.mjs'

const name = 'allocations'
const { json } = optionsOf(name)

const counted = await countAllocations()
const results = Object.entries(counted).map(([row, bytes]) =>
  resultOf({ suite: name, row, unit: 'B' }, { hyphae: bytes }),
)
console.log(json ? jsonLines(results) : tableOf(results))
