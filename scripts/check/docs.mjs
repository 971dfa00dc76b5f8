import { existsSync } from 'node:fs'
import { at, filesUnder, readJson } from '../lib/project.mjs'
import { mustNode } from '../lib/run.mjs'

/** Entry points are those of package.json, so that the reference describes what can be imported and nothing else. */
function entryPoints() {
  const typesOf = target =>
    typeof target === 'string' ? [] : [target.types, ...Object.values(target).flatMap(typesOf)]
  const types = Object.values(readJson(at('package.json')).exports).flatMap(typesOf)
  const sources = types.filter(Boolean).map(file => file.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'))
  return [...new Set(sources)].filter(file => existsSync(at(file)))
}

/**
 * Runs typedoc over sources. An exported symbol without a comment, or a link that leads nowhere, fails.
 *
 * @param {string[]} sources
 * @param {string[]} options more of typedoc's own
 * @param {string} tsconfig the program that holds the sources
 */
export const typedoc = (sources, options = [], tsconfig = at('tsconfig.docs.json')) =>
  mustNode(at('node_modules/typedoc/bin/typedoc'), [
    ...['--options', at('typedoc.json'), '--tsconfig', tsconfig, ...options],
    ...sources.flatMap(file => ['--entryPoints', file]),
  ])

/** Judges the comments without writing a page. */
export async function checkDocs() {
  const sources = entryPoints()
  await typedoc(sources, ['--emit', 'none'])
  return `every symbol of ${sources.length} entry points is documented`
}

/** Writes the reference to docs/api. */
export async function writeDocs() {
  const sources = entryPoints()
  await typedoc(sources)
  return `${filesUnder(at('docs/api'), file => file.endsWith('.html')).length} pages for ${sources.length} entry points`
}
