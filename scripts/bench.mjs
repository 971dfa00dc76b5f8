// npm run bench -- SUITE… [options]: runs bench/SUITE.bench.mjs; without a name it lists what there is. Options are the
// suite's own: `npm run bench -- SUITE --help`.
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { at, filesUnder } from './lib/project.mjs'
import { execute } from './lib/run.mjs'

const ending = '.bench.mjs'
const files = new Map(
  filesUnder(at('bench'), file => file.endsWith(ending)).map(file => [basename(file, ending), file]),
)
const given = process.argv.slice(2)
// Names come first: what follows an option may be its value.
const end = given.findIndex(argument => argument.startsWith('--'))
const names = end < 0 ? given : given.slice(0, end)
const options = end < 0 ? [] : given.slice(end)
const usage = `usage: npm run bench -- SUITE… [options]\nsuites: ${[...files.keys()].join(', ')}
options of every suite: --json for one object a line; those of one: npm run bench -- kernels --help`

const unknown = names.filter(name => !files.has(name))
if (names.length === 0 && options.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`bench: no suite ${unknown.join(', ')}`)
  console.error(usage)
  process.exit(2)
}
if (!existsSync(at('dist/index.js'))) {
  console.error('bench: benchmarks measure the built package; run npm run build first')
  process.exit(2)
}
let failed = 0
for (const name of names) {
  const startMs = performance.now()
  // --expose-gc lets a suite start each measurement from a collected heap.
  const { code } = await execute(process.execPath, ['--expose-gc', files.get(name), ...options], { show: true })
  if (code !== 0) failed++
  console.error(
    `bench ${name}: ${code === 0 ? 'done' : `failed with code ${code}`} after ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  )
}
process.exit(failed === 0 ? 0 : 1)
