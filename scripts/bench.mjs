// npm run bench -- SUITE… [--json]: runs bench/SUITE.bench.mjs; without a name it lists what there is.
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { at, filesUnder } from './lib/project.mjs'
import { execute } from './lib/run.mjs'

const ending = '.bench.mjs'
const suites = filesUnder(at('bench'), file => file.endsWith(ending)).map(file => basename(file, ending))
const names = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const options = process.argv.slice(2).filter(argument => argument.startsWith('--'))

const unknown = names.filter(name => !suites.includes(name))
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`bench: no suite ${unknown.join(', ')}`)
  console.error(`usage: npm run bench -- SUITE… [--json]\nsuites: ${suites.join(', ') || 'none'}`)
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
  const file = filesUnder(at('bench'), path => basename(path) === `${name}${ending}`)[0]
  const { code } = await execute(process.execPath, ['--expose-gc', file, ...options], { show: true })
  if (code !== 0) failed++
  console.error(
    `bench ${name}: ${code === 0 ? 'done' : `failed with code ${code}`} after ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  )
}
process.exit(failed === 0 ? 0 : 1)
