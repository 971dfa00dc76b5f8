import { existsSync } from 'node:fs'
import { at, filesUnder, hashFiles, readStamp, writeStamp } from '../lib/project.mjs'

const stamp = at('build/stamps/build')
const outputs = ['dist/index.js', 'dist/index.d.ts', 'wasm/kernels.wasm', 'src/kernels/embedded.ts']
const configs = [
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.pure.json',
  'tsconfig.web.json',
  'tsconfig.node.json',
]

/** Generated from the kernels: an output that lies among the sources. */
export const embeddedModule = at('src/kernels/embedded.ts')

/** One hash over everything that the build reads. */
export function sourcesHash() {
  const sources = filesUnder(at('src'), file => file !== embeddedModule && !file.endsWith('.md'))
  const tools = [...filesUnder(at('scripts/build')), ...configs.map(name => at(name)), at('rollup.config.mjs')]
  return hashFiles(
    [...sources, ...filesUnder(at('assembly')), ...tools, at('wasm/kernels.wasm.sha256')].filter(existsSync),
  )
}

/** Whether the outputs stand and were made from the sources as they are now. */
export const isBuilt = () => outputs.every(name => existsSync(at(name))) && readStamp(stamp) === sourcesHash()

export const markBuilt = () => writeStamp(stamp, sourcesHash())
