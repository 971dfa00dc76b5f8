import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { at, readJson } from '../../../scripts/lib/project.mjs'
import { resultsOf } from '../lib/processes.mjs'
import { node24Program } from './consoles.mjs'
import { tasksOfClient } from './tasks.mjs'

/** As wrangler bundles a worker: its conditions, and WebAssembly modules left to workerd by their name. */
const likeWrangler = { conditions: ['workerd', 'worker', 'browser'], external: ['*.wasm'] }

/** workerd, the runtime of Cloudflare Workers: dials out of a Durable Object, and takes connections in there. */
export const workerd = {
  name: 'workerd',
  fromNpm: true,
  bring: 'npm ci --prefix test/runtimes',
  async run({ app, tls, addresses, requests, timeoutMs }) {
    const bundle = join(app, 'worker.bundle.mjs')
    const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'silent' }
    await build({ ...common, ...likeWrangler, entryPoints: [join(app, 'worker.mjs')], outfile: bundle })
    const require = createRequire(at('test/runtimes/package.json'))
    const kernels = join(app, 'node_modules/hyphae/wasm/kernels.wasm')
    const { ws, wss } = tasksOfClient({ runtime: 'workerd', addresses, requests })
    // Who cannot listen can still take connections in: `inbound` is the worker's own way.
    const tasks = {
      ws: { ...ws, steps: [...ws.steps, 'inbound'] },
      wss: { ...wss, steps: [...wss.steps, 'stranger'] },
    }
    const job = JSON.stringify(Object.values(tasks))
    const args = [join(app, 'workerd.mjs'), require.resolve('miniflare'), bundle, kernels, job]
    const env = { NODE_EXTRA_CA_CERTS: tls.caFile }
    const results = await resultsOf(node24Program, args, { cwd: app, timeoutMs, env })
    return {
      version: readJson(require.resolve('workerd/package.json')).version,
      rows: [...Object.keys(tasks), 'without server'].map((over, index) => ({ over, steps: results[index] })),
    }
  },
}
