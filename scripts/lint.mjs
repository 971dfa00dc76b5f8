// npm run lint [-- --fix]
import { lint } from './check/steps.mjs'
import { step } from './lib/steps.mjs'

const fix = process.argv.includes('--fix')
process.exit((await step(fix ? 'lint, mending what can be' : 'lint', () => lint(fix))).ok ? 0 : 1)
