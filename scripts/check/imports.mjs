import { posix } from 'node:path'
import { importsOf } from '../lib/syntax.mjs'
import { layerOf, layers, mayImport, mayUseNode, mayUsePackage } from './layers.mjs'

/** `./x.js` as written in `file` → the source file it means, as a path under src/. */
export const resolveRelative = (file, specifier) =>
  posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts')

/**
 * Holds every import of the given sources against the table.
 *
 * @param {Map<string, import('typescript').SourceFile>} sources by path under src/
 * @returns {string[]} findings, empty when all is well
 */
export function findForbiddenImports(sources, table = layers) {
  const findings = []
  for (const [file, source] of sources) {
    const layer = layerOf(file, table)
    if (!layer) {
      findings.push(`src/${file}: stands in no layer of the table (scripts/check/layers.mjs)`)
      continue
    }
    for (const found of importsOf(source)) {
      const fault = faultOf(file, layer, found, sources, table)
      if (fault) findings.push(`src/${file}:${found.line}: ${fault}`)
    }
  }
  return findings
}

function faultOf(file, layer, { specifier, typesOnly }, sources, table) {
  if (specifier === undefined) return 'imports a computed name, which no rule can judge'
  if (specifier.startsWith('.')) return faultOfRelative(file, layer, specifier, typesOnly, sources, table)
  if (specifier.startsWith('node:')) {
    return mayUseNode(file)
      ? undefined
      : `${specifier} belongs in platform/, cli/, server/listen/ or a runtime's adapter file`
  }
  return mayUsePackage(layer, specifier) ? undefined : `${layer.folder} may not use the package ${specifier}`
}

function faultOfRelative(file, layer, specifier, typesOnly, sources, table) {
  if (!/\.js$/.test(specifier)) return `${specifier} lacks its .js ending`
  const target = resolveRelative(file, specifier)
  if (target.startsWith('..')) return `${specifier} leaves src/`
  // The generated module is git-ignored and may not stand yet.
  if (!sources.has(target) && target !== 'kernels/embedded.ts') return `${specifier} leads to no source file`
  if (mayImport(layer, target, typesOnly, table)) return undefined
  const asTypes = !typesOnly && mayImport(layer, target, true, table) ? ' except for types (import type)' : ''
  return `${layer.folder} may not import ${target}${asTypes}`
}

/**
 * Finds import cycles, imports of types included: two files that need each other to be understood are one idea.
 *
 * @returns {string[]} one line a strongly connected group, with a path around it
 */
export function findCycles(sources) {
  const edges = new Map()
  for (const [file, source] of sources) {
    const targets = importsOf(source)
      .filter(found => found.specifier?.startsWith('.'))
      .map(found => resolveRelative(file, found.specifier))
      .filter(target => sources.has(target))
    edges.set(file, [...new Set(targets)])
  }
  return cyclesIn(edges).map(path => `import cycle: ${path.map(file => `src/${file}`).join(' → ')}`)
}

/** Depth first with colours; reports each back edge's loop once. */
function cyclesIn(edges) {
  const state = new Map()
  const trail = []
  const cycles = []
  const visit = file => {
    state.set(file, 'open')
    trail.push(file)
    for (const target of edges.get(file)) {
      if (state.get(target) === 'open') cycles.push([...trail.slice(trail.indexOf(target)), target])
      else if (!state.has(target)) visit(target)
    }
    trail.pop()
    state.set(file, 'done')
  }
  for (const file of edges.keys()) if (!state.has(file)) visit(file)
  return cycles
}
