import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { at } from '../../../scripts/lib/project.mjs'

const folder = at('bench/kernels/page')

/** liboqs computes the name of the module it loads, which no bundler can follow: one that it can follow in its place. */
const liboqs = {
  name: 'liboqs',
  setup(build) {
    build.onLoad({ filter: /liboqs[\\/]src[\\/]algorithms[\\/]kem[\\/]ml-kem[\\/]ml-kem-768\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        'import(modulePath)',
        "import('../../../../dist/ml-kem-768.min.js')",
      ),
    }))
  },
}

/** Its barrel re-exports all algorithms, dozens of megabytes: only the one that is measured. */
const oneAlgorithm = {
  name: 'one algorithm',
  setup(build) {
    build.onResolve({ filter: /^@openforge-sh\/liboqs\/kem$/ }, async ({ resolveDir }) => {
      const { path, errors } = await build.resolve('@openforge-sh/liboqs', { resolveDir, kind: 'import-statement' })
      if (errors.length > 0) return { path: '@openforge-sh/liboqs/kem', external: true }
      return { path: path.replace(/index\.js$/, 'algorithms/kem/ml-kem/ml-kem-768.js') }
    })
  },
}

/** What a package would have of Node and never calls here. */
const NODE_PARTS = /^(randombytes|buffer|safe-buffer)$/

/** Packages that are not installed stay as they are: importing one rejects, and the page says that it is missing. */
const whatIsThere = {
  name: 'what is there',
  setup(build) {
    build.onResolve({ filter: NODE_PARTS }, () => ({ path: 'nothing', namespace: 'nothing' }))
    build.onLoad({ filter: /^nothing$/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }))
    build.onResolve({ filter: /^[^./]/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData?.isAsked) return undefined
      const { errors } = await build.resolve(path, { resolveDir, kind, pluginData: { isAsked: true } })
      return errors.length > 0 ? { path, external: true } : undefined
    })
  },
}

/**
 * The page's scripts.
 *
 * @returns {Promise<Map<string, string>>} text by the path under which the page asks for it
 */
export async function bundlePage() {
  const { outputFiles } = await build({
    entryPoints: { main: `${folder}/main.mjs`, worker: `${folder}/worker.mjs` },
    bundle: true,
    write: false,
    outdir: '/',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    mainFields: ['browser', 'module', 'main'],
    external: ['node:*', 'module', 'fs', 'path', 'crypto', 'worker_threads', 'url'],
    alias: { events: 'eventemitter3' },
    nodePaths: [at('node_modules')],
    plugins: [oneAlgorithm, liboqs, whatIsThere],
    logLevel: 'silent',
  })
  return new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*[\\/]/, '/'), text]))
}
