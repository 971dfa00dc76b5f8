import { existsSync } from 'node:fs'
import { at } from '../lib/project.mjs'
import { mustNode } from '../lib/run.mjs'
import { failOn } from '../lib/steps.mjs'
import { findUnknownIds, readRequirements, readTitles } from '../requirements/read.mjs'
import { findBannedGlobals } from './globals.mjs'
import { findCycles, findForbiddenImports } from './imports.mjs'
import { checkDocs } from './docs.mjs'
import { checkInert } from './inert.mjs'
import { layers } from './layers.mjs'
import { findLooseEnds } from './loose-ends.mjs'
import { checkExports, checkPackage } from './package.mjs'
import { readEverything, readSources } from './source.mjs'

const bin = path => at('node_modules', path)

async function types() {
  await mustNode(bin('typescript/bin/tsc'), ['-b'])
  return 'pure, web, node and test projects'
}

function imports() {
  const sources = readSources()
  failOn([...findForbiddenImports(sources), ...findCycles(sources)])
  return `${sources.size} files, ${layers.length} layers, no cycle`
}

function globals() {
  const sources = readSources()
  failOn(findBannedGlobals(sources))
  return `${sources.size} files: clocks, timers, randomness and async only where they belong`
}

function looseEnds() {
  const sources = readEverything()
  failOn(findLooseEnds(sources))
  return `${sources.size} files`
}

function requirements() {
  failOn(findUnknownIds(readTitles(), readRequirements()), 'Known ids stand in docs/requirements.md.')
}

/** Type-aware lint. The cache is keyed by content and lies with the other things the build makes. */
export async function lint(fix = false) {
  const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', 'build/eslint-cache']
  await mustNode(bin('eslint/bin/eslint.js'), ['.', '--max-warnings', '0', ...cache, ...(fix ? ['--fix'] : [])])
}

async function format() {
  const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', 'build/prettier-cache']
  await mustNode(bin('prettier/bin/prettier.cjs'), ['--check', '--log-level', 'warn', ...cache, '.'])
}

async function size() {
  const { measureCore } = await import('../../bench/size/measure.mjs')
  const { findings, summary } = await measureCore()
  failOn(findings)
  return summary
}

/** All that `npm run check` does, longest first so that two at once end together. */
export const steps = [
  ['lint', () => lint()],
  ['types', types],
  ['documentation', checkDocs],
  ['imports', imports],
  ['globals', globals],
  ['loose ends', looseEnds],
  ['requirement ids', requirements],
  ['formatting', format],
  ['exports', checkExports],
  ['package', checkPackage],
  ['inert imports', checkInert],
  ...(existsSync(at('dist/platform/browser.js')) ? [['size', size]] : []),
]
