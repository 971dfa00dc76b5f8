import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { at, filesUnder, relativePath } from '../lib/project.mjs'
import { mustNode } from '../lib/run.mjs'
import { inOrder } from '../lib/steps.mjs'
import { buildKernels } from './kernels.mjs'
import { embeddedModule, markBuilt } from './state.mjs'

const compiled = at('build/js')
const dist = at('dist')
const projects = ['tsconfig.pure.json', 'tsconfig.web.json', 'tsconfig.node.json']

/** Kernels, TypeScript, modules, declarations; stops at the first failure. Returns whether the package stands. */
export async function build(options = {}) {
  const done = await inOrder([
    ['kernels', () => buildKernels(options)],
    ['compile', compile],
    ['modules', bundle],
    ['declarations', copyDeclarations],
  ])
  if (done) markBuilt()
  return done
}

/** The source file that an output of the compiler came from, whatever its ending. */
const sourceOf = output => at('src', relativePath(output, compiled).replace(/\.(d\.ts|js)(\.map)?$/, '.ts'))

async function compile() {
  const stale = filesUnder(compiled).filter(file => !existsSync(sourceOf(file)))
  for (const file of stale) rmSync(file)
  await mustNode(at('node_modules/typescript/bin/tsc'), ['-b', ...projects])
  return `${filesUnder(compiled, file => file.endsWith('.js')).length} modules under ${projects.length} projects`
}

async function bundle() {
  const { rollup } = await import('rollup')
  const { default: config } = await import('../../rollup.config.mjs')
  rmSync(dist, { recursive: true, force: true })
  const graph = await rollup(config)
  const { output } = await graph.write(config.output)
  await graph.close()
  const command = join(dist, 'cli/main.js')
  if (existsSync(command)) chmodSync(command, 0o755)
  const bytes = output.reduce((sum, chunk) => sum + (chunk.type === 'chunk' ? chunk.code.length : 0), 0)
  return `${output.filter(chunk => chunk.type === 'chunk').length} files, ${Math.round(bytes / 1024)} KiB`
}

/** Copies the .d.ts beside the modules, without the maps: the sources they point to are not in the package. */
function copyDeclarations() {
  const declarations = filesUnder(compiled, file => file.endsWith('.d.ts'))
  for (const file of declarations) {
    const target = join(dist, relativePath(file, compiled))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'))
  }
  // Declarations written by hand are not emitted by the compiler.
  const ambient = filesUnder(at('src'), file => file.endsWith('.d.ts') && file !== embeddedModule)
  for (const file of ambient) copyFileSync(file, join(dist, relativePath(file, at('src'))))
  return `${declarations.length + ambient.length} files`
}
