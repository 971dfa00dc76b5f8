import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A path of the project. */
export const at = path => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Starts a program; `until` waits for a text in what it says, `ended` for its end. */
export function start(...typed) {
  const child = spawn(process.execPath, typed, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let wake = () => undefined
  const listen = chunk => {
    said += chunk
    wake()
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const ended = new Promise(resolve => child.once('close', code => resolve({ code, said })))
  ended.then(() => wake())
  const until = async pattern => {
    for (;;) {
      const found = pattern.exec(said)
      if (found) return found
      if (child.exitCode !== null) throw new Error(`ended without ${pattern}: ${said}`)
      await new Promise(resolve => (wake = resolve))
    }
  }
  return { child, ended, until }
}

/** Bundles an example as a build tool of that runtime would; modules of Node are an error but for those of the test. */
export async function bundle(entry, outfile, conditions) {
  await build({
    entryPoints: [at(entry)],
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions,
    external: ['node:fs'],
    logLevel: 'silent',
    plugins: [wasmAsModule],
  })
  return outfile
}

/** A worker's build hands an imported .wasm over as a compiled module. */
const wasmAsModule = {
  name: 'wasm-as-module',
  setup(context) {
    context.onLoad({ filter: /\.wasm$/ }, ({ path }) => {
      if (!existsSync(path)) return undefined
      const text = `import { readFileSync } from 'node:fs'\nexport default new WebAssembly.Module(readFileSync(${JSON.stringify(path)}))`
      return { contents: text, loader: 'js' }
    })
  },
}
