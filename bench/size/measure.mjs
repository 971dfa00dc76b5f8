import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { at, readJson } from '../../scripts/lib/project.mjs'

/** What a browser downloads for an entry: one minified module with all it reaches, in bytes of gzip. */
export async function bundledGzipBytes(entry) {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser'],
    legalComments: 'none',
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}

/** The share of the kernels' base64 in a bundle: it is WebAssembly, counted by its own ceiling and not as code. */
function kernelsGzipBytes() {
  const file = at('wasm/kernels.wasm')
  return existsSync(file) ? gzipSync(readFileSync(file).toString('base64'), { level: 9 }).length : 0
}

const kib = bytes => `${(bytes / 1024).toFixed(1)} KiB`

/**
 * Holds every entry of ceilings.json against its ceiling.
 *
 * @returns {Promise<{ findings: string[], summary: string }>}
 */
export async function measureCore(ceilings = readJson(at('bench/size/ceilings.json')), kernels = kernelsGzipBytes()) {
  const findings = []
  const summary = []
  for (const [name, { entry, maxGzipKiB }] of Object.entries(ceilings)) {
    const bytes = (await bundledGzipBytes(entry)) - kernels
    summary.push(`${name} ${kib(bytes)} of ${maxGzipKiB} KiB gzip (kernels ${kib(kernels)} apart)`)
    if (bytes > maxGzipKiB * 1024) findings.push(`${name}: ${entry} is ${kib(bytes)} gzip, above ${maxGzipKiB} KiB`)
  }
  return { findings, summary: summary.join('; ') }
}
