// npm test: check, the test suite with coverage, the runtime suite, a soak of a minute. `npm test -- PATH…` runs only those tests, without the rest.
import { existsSync } from 'node:fs'
import { at, readJson, readStamp } from './lib/project.mjs'
import { execute } from './lib/run.mjs'
import { coverage, readRequirements, readTitles } from './requirements/read.mjs'

const startMs = performance.now()
const show = { show: true }
const run = (script, ...args) => execute(process.execPath, [at(script), ...args], show)
const vitest = (...args) => run('node_modules/vitest/vitest.mjs', 'run', ...args)

const chosen = process.argv.slice(2)
if (chosen.length > 0) process.exit((await vitest(...chosen)).code)

const parts = [
  ['check', () => run('scripts/check.mjs')],
  ['tests and coverage', () => vitest('--coverage')],
  ['runtimes', () => run('test/runtimes/run.mjs')],
  ['soak', () => run('scripts/soak.mjs', '--minutes', '1', '--seed', '1')],
]

const failed = []
for (const [name, work] of parts) {
  console.error(`\n── ${name}`)
  if ((await work()).code !== 0) failed.push(name)
}

function figures() {
  const file = at('coverage/coverage-summary.json')
  if (!existsSync(file)) return 'no coverage figure'
  const { lines, branches } = readJson(file).total
  const rows = coverage(readRequirements(), readTitles())
  const proven = rows.filter(row => row.tests.length > 0).length
  return `lines ${lines.pct} %, branches ${branches.pct} %, ${proven} of ${rows.length} requirements claimed`
}

/** What the runtime suite said of itself: what did not run is part of the verdict. */
const runtimes = () => readStamp(at('build/runtimes.txt')) ?? 'runtimes: nothing ran'

const minutes = ((performance.now() - startMs) / 60_000).toFixed(1)
const verdict = failed.length === 0 ? 'all passed' : `FAILED: ${failed.join(', ')}`
console.error(`\nhyphae test: ${verdict} (${parts.length} parts, ${minutes} min; ${figures()}; ${runtimes()})`)
process.exit(failed.length === 0 ? 0 : 1)
