// npm run check [-- STEP…]: everything that can be judged without running the code. Names of steps run only those.
import { sideBySide } from './lib/steps.mjs'
import { steps } from './check/steps.mjs'

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !steps.some(([known]) => known === name))
if (unknown.length > 0) {
  console.error(`check: no step ${unknown.join(', ')}; known are ${steps.map(([name]) => name).join(', ')}`)
  process.exit(2)
}
const chosen = wanted.length > 0 ? steps.filter(([name]) => wanted.includes(name)) : steps
const results = await sideBySide(chosen)
const failed = results.filter(result => !result.ok)
console.error(failed.length === 0 ? `check: ${results.length} steps passed` : `check: ${failed.length} failed`)
process.exit(failed.length === 0 ? 0 : 1)
