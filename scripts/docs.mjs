// npm run docs: the reference of every public symbol under docs/api. An exported symbol without a comment is an error.
import { existsSync, readdirSync } from 'node:fs'
import { at, filesUnder, readJson } from './lib/project.mjs'
import { mustNode } from './lib/run.mjs'
import { step } from './lib/steps.mjs'

/** Entry points are those of package.json, so that the reference describes what can be imported and nothing else. */
function entryPoints() {
  const typesOf = target =>
    typeof target === 'string' ? [] : [target.types, ...Object.values(target).flatMap(typesOf)]
  const types = Object.values(readJson(at('package.json')).exports).flatMap(typesOf)
  const sources = types.filter(Boolean).map(file => file.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'))
  return [...new Set(sources)].filter(file => existsSync(at(file)))
}

async function generate() {
  const entries = entryPoints().flatMap(file => ['--entryPoints', file])
  await mustNode(at('node_modules/typedoc/bin/typedoc'), ['--options', 'typedoc.json', ...entries])
  return `${filesUnder(at('docs/api'), file => file.endsWith('.html')).length} pages for ${entries.length / 2} entry points`
}

const { ok } = await step('docs', generate)
if (ok && !readdirSync(at('docs/api')).includes('index.html')) process.exit(1)
process.exit(ok ? 0 : 1)
