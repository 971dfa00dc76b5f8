import { at, readJson, relativePath } from '../lib/project.mjs'
import { mustNode } from '../lib/run.mjs'
import { failOn } from '../lib/steps.mjs'

/**
 * Imports modules in a fresh process and names everything they set off by being imported: timers, WebAssembly, randomness,
 * output, listeners, globals.
 *
 * @param {string[]} files absolute paths
 * @returns {Promise<string[]>}
 */
export async function findImportEffects(files) {
  const { stdout } = await mustNode(at('scripts/check/inert-probe.mjs'), files)
  const effects = Object.entries(JSON.parse(stdout.trim().split('\n').at(-1)))
  return effects.flatMap(([file, seen]) => seen.map(what => `importing ${relativePath(file)} ${what}`))
}

/** What Node would load for each entry point of the package. */
function entryFiles() {
  const chosen = target => (typeof target === 'string' ? target : chosen(target.node ?? target.default))
  const files = Object.values(readJson(at('package.json')).exports).map(chosen)
  return [...new Set(files)].filter(file => file.endsWith('.js')).map(file => at(file))
}

export async function checkInert() {
  const files = entryFiles()
  failOn(await findImportEffects(files), 'Nothing may happen at import: do it when it is first asked for.')
  return `${files.length} entry points do nothing when imported`
}
