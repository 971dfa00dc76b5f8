// npm run docs: the reference of every public symbol under docs/api. An exported symbol without a comment is an error.
import { writeDocs } from './check/docs.mjs'
import { step } from './lib/steps.mjs'

process.exit((await step('docs', writeDocs)).ok ? 0 : 1)
