import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { posix } from 'node:path'
import { at, readJson } from '../lib/project.mjs'
import { node, npm } from '../lib/run.mjs'
import { failOn } from '../lib/steps.mjs'
import { importsOf, parseFile } from '../lib/syntax.mjs'

/** Every file that an exports map (or `bin`) points at, with the path of conditions that leads there. */
export function exportTargets(manifest) {
  const targets = []
  const visit = (value, trail) => {
    if (typeof value === 'string') targets.push({ trail, file: value })
    else for (const [key, inner] of Object.entries(value ?? {})) visit(inner, [...trail, key])
  }
  visit(manifest.exports, ['exports'])
  visit(manifest.bin, ['bin'])
  return targets
}

/** Targets that do not stand on disk, and condition lists that break the order a resolver reads them in. */
export function findBrokenExports(manifest, exists = file => existsSync(at(file))) {
  const findings = exportTargets(manifest)
    .filter(target => !exists(target.file))
    .map(target => `${target.trail.join(' › ')} points at ${target.file}, which the build does not make`)
  for (const [subpath, conditions] of Object.entries(manifest.exports)) {
    findings.push(...faultsOfOrder(conditions).map(fault => `exports ${subpath}: ${fault}`))
  }
  return findings
}

/** A resolver takes the first condition that fits, so the order of the keys is their meaning; conditions may nest. */
function faultsOfOrder(conditions) {
  if (typeof conditions === 'string') return []
  const order = Object.keys(conditions)
  const place = name => order.indexOf(name)
  const faults = Object.values(conditions).flatMap(faultsOfOrder)
  if (place('types') > 0) faults.push('"types" must come first')
  if (order.at(-1) !== 'default') faults.push('"default" must come last')
  const browser = place('browser')
  const late = browser < 0 ? [] : ['workerd', 'deno', 'bun', 'node'].filter(name => place(name) > browser)
  return [...faults, ...late.map(name => `"${name}" stands behind "browser", where its runtime never gets to it`)]
}

/** Packages whose types are packages of their own, which a user does not get. */
const untyped = ['ws', 'isomorphic-ws']

/**
 * Imports in declarations that would be unresolved in a user's project: of packages that come without types or not at all.
 *
 * @param {Map<string, import('typescript').SourceFile>} declarations by path
 */
export function findForeignTypes(declarations, manifest) {
  const owned = Object.keys(manifest.dependencies).filter(name => !untyped.includes(name))
  const known = [manifest.name, ...owned]
  const resolves = specifier =>
    /^(\.|node:)/.test(specifier) || known.some(name => specifier === name || specifier.startsWith(`${name}/`))
  return [...declarations].flatMap(([file, source]) =>
    importsOf(source)
      .filter(({ specifier }) => specifier && !resolves(specifier))
      .map(({ specifier }) => `${file} shows types of ${specifier}, which a user of the package does not have`),
  )
}

/** The declarations that a compiler reads for the exports of a package, with all they lead to. */
export function reachableDeclarations(manifest, parse) {
  const entries = exportTargets(manifest).filter(target => target.file.endsWith('.d.ts'))
  const found = new Map()
  const waiting = entries.map(target => posix.normalize(target.file))
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (found.has(file)) continue
    const source = parse(file)
    found.set(file, source)
    const relatives = importsOf(source).filter(({ specifier }) => specifier?.startsWith('.'))
    const folder = posix.dirname(file)
    waiting.push(...relatives.map(({ specifier }) => posix.join(folder, specifier).replace(/\.js$/, '.d.ts')))
  }
  return found
}

export function checkExports() {
  const manifest = readJson(at('package.json'))
  failOn(findBrokenExports(manifest), 'Run npm run build, or bring the exports of package.json in step with src/.')
  const declarations = reachableDeclarations(manifest, file => parseFile(at(file), file))
  failOn(findForeignTypes(declarations, manifest), 'Describe the shape with a type of our own.')
  return `${exportTargets(manifest).length} targets stand, ${declarations.size} declarations behind them`
}

/** Packs the package as it would be published. Returns the tarball's path and its list of files. */
export async function pack() {
  const folder = at('build/pack')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { code, stdout, output } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  if (code !== 0) throw new Error(output)
  const parsed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)))
  const [entry] = Array.isArray(parsed) ? parsed : Object.values(parsed)
  return { tarball: `${folder}/${entry.filename}`, files: entry.files.map(file => file.path), bytes: entry.size }
}

async function lintPackage(tarball) {
  const { publint } = await import('publint')
  const { formatMessage } = await import('publint/utils')
  const manifest = readJson(at('package.json'))
  const packed = readFileSync(tarball)
  const buffer = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true, level: 'suggestion' })
  return messages.map(message => `publint: ${formatMessage(message, manifest, { color: false })}`)
}

async function checkTypesResolve(tarball) {
  const require = createRequire(import.meta.url)
  const command = require.resolve('@arethetypeswrong/cli/package.json').replace('package.json', 'dist/index.js')
  const options = ['--profile', 'esm-only', '--exclude-entrypoints', 'kernels.wasm', 'package.json']
  const { code, output } = await node(command, [tarball, ...options, '--no-color', '--no-emoji'])
  return code === 0 ? [] : [`are the types wrong: ${output.trim()}`]
}

/** What a user would download, judged by publint and are-the-types-wrong. */
export async function checkPackage() {
  const { tarball, files, bytes } = await pack()
  const strangers = files.filter(
    file => !/^(dist\/|wasm\/kernels\.wasm$|README\.md$|LICENSE$|package\.json$)/.test(file),
  )
  const findings = [
    ...strangers.map(file => `the package would carry ${file}`),
    ...(await lintPackage(tarball)),
    ...(await checkTypesResolve(tarball)),
  ]
  failOn(findings)
  return `${files.length} files, ${Math.round(bytes / 1024)} KiB packed`
}
