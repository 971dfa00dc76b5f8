import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { at, readJson } from '../../../scripts/lib/project.mjs'
import { resultsOf } from '../lib/processes.mjs'
import { node24Program } from './consoles.mjs'

/** As wrangler bundles a worker: its conditions, and WebAssembly modules left to workerd by their name. */
const likeWrangler = { conditions: ['workerd', 'worker', 'browser'], external: ['*.wasm'] }

/** workerd, the runtime of Cloudflare Workers: dials out of a Durable Object, and takes connections in there. */
export const workerd = {
  name: 'workerd',
  fromNpm: true,
  bring: 'npm ci --prefix test/runtimes',
  async run({ app, addresses, requests, timeoutMs }) {
    const bundle = join(app, 'worker.bundle.mjs')
    const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'silent' }
    await build({ ...common, ...likeWrangler, entryPoints: [join(app, 'worker.mjs')], outfile: bundle })
    const task = { runtime: 'workerd', address: addresses.ws, requests, listen: [] }
    const require = createRequire(at('test/runtimes/package.json'))
    const kernels = join(app, 'node_modules/hyphae/wasm/kernels.wasm')
    const args = [join(app, 'workerd.mjs'), require.resolve('miniflare'), bundle, kernels, JSON.stringify(task)]
    const [dialled, accepted] = await resultsOf(node24Program, args, { cwd: app, timeoutMs })
    return {
      version: readJson(require.resolve('workerd/package.json')).version,
      rows: [
        { over: 'ws', steps: dialled },
        { over: 'ws, node.accept', steps: accepted },
      ],
    }
  },
}
