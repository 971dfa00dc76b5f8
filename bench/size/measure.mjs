import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { at, readJson } from '../../scripts/lib/project.mjs'

const KIB = 1024

/** Minified and bundled for browsers, as a user's bundler does it by default. */
const OPTIONS = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['browser'],
  legalComments: 'none',
  logLevel: 'silent',
  outdir: 'out',
  entryNames: 'entry',
}

const gzipBytes = content => gzipSync(content, { level: 9 }).length

/** Bundles, and answers the bytes and the static imports of each file that comes out, by its name. */
async function bundle(input, splitting) {
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({ ...OPTIONS, ...input, splitting })
  const imports = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [
      basename(path),
      output.imports.filter(({ kind }) => kind === 'import-statement').map(wanted => basename(wanted.path)),
    ]),
  )
  return outputFiles.map(({ path, contents }) => {
    const name = basename(path)
    return { name, bytes: gzipBytes(contents), imports: imports.get(name) }
  })
}

/**
 * What a browser downloads for an entry, in bytes of gzip.
 *
 * @param {object} input `entryPoints` or `stdin`, as esbuild takes them
 * @returns {Promise<{ first: number, whole: number }>} `first`: the module of the entry with those it cannot start without;
 *   `whole`: all in one file, with what is otherwise fetched only where it is asked for
 */
export async function bundleBytes(input) {
  const [{ bytes: whole }] = await bundle(input, false)
  const files = new Map((await bundle(input, true)).map(file => [file.name, file]))
  const needed = new Set(['entry.js'])
  for (const name of needed) for (const wanted of files.get(name).imports) needed.add(wanted)
  const first = [...needed].reduce((sum, name) => sum + files.get(name).bytes, 0)
  return { first, whole }
}

/** The share of the kernels' base64 in a bundle: it is WebAssembly, counted by its own ceiling and not as code. */
function kernelsGzipBytes() {
  const file = at('wasm/kernels.wasm')
  return existsSync(file) ? gzipBytes(readFileSync(file).toString('base64')) : 0
}

const kib = bytes => `${(bytes / KIB).toFixed(1)} KiB`

/** The two ways of counting, with the key of their ceilings. */
const WAYS = [
  { way: 'first', ceiling: 'maxFirstKiB', text: 'at first' },
  { way: 'whole', ceiling: 'maxWholeKiB', text: 'in one file' },
]

/**
 * Holds every entry of ceilings.json against its ceilings.
 *
 * @returns {Promise<{ findings: string[], summary: string, sizes: Record<string, { first: number, whole: number }> }>}
 *   `sizes` in bytes, without the kernels
 */
export async function measureCore(ceilings = readJson(at('bench/size/ceilings.json')), kernels = kernelsGzipBytes()) {
  const findings = []
  const summary = []
  const sizes = {}
  for (const [name, { entry, ...limits }] of Object.entries(ceilings)) {
    const bundled = await bundleBytes({ entryPoints: [at(entry)] })
    sizes[name] = { first: bundled.first - kernels, whole: bundled.whole - kernels }
    for (const { way, ceiling, text } of WAYS) {
      const bytes = sizes[name][way]
      summary.push(`${name} ${text} ${kib(bytes)} of ${limits[ceiling]} KiB gzip`)
      if (bytes > limits[ceiling] * KIB) {
        findings.push(`${name}: ${entry} ${text} is ${kib(bytes)} gzip, above ${limits[ceiling]} KiB`)
      }
    }
  }
  return { findings, summary: `${summary.join(', ')} (kernels ${kib(kernels)} apart)`, sizes }
}
