// The program of the pages, bundled for browsers as the documentation of each bundler says to begin.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import commonjs from '@rollup/plugin-commonjs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'

const PROGRAM = 'page.mjs'

/** esbuild: all in one file. @returns its metafile */
export async function withEsbuild(app, outfile) {
  const { metafile } = await esbuild({
    entryPoints: [join(app, PROGRAM)],
    absWorkingDir: app,
    bundle: true,
    format: 'esm',
    outfile: join(app, outfile),
    metafile: true,
    logLevel: 'silent',
  })
  return metafile
}

/** Rollup: what is imported later in files of its own. The plugins find packages and read those in CommonJS. */
export async function withRollup(app, folder) {
  const bundle = await rollup({
    input: join(app, PROGRAM),
    plugins: [nodeResolve({ browser: true }), commonjs()],
    onwarn: ({ message }) => console.error(`rollup: ${message}`),
  })
  await bundle.write({ dir: join(app, folder), entryFileNames: 'page.mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
}

/** Vite without a word of configuration but where things lie: minified, with its own idea of browsers to support. */
export async function withVite(app, folder) {
  writeFileSync(join(app, 'index.html'), `<!doctype html><script type="module" src="/${PROGRAM}"></script>`)
  await vite({ root: app, configFile: false, logLevel: 'error', build: { outDir: folder } })
}
