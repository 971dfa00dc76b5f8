// Starts workerd through miniflare and has the worker do one task. Runs in Node 24, which miniflare asks for.
// Arguments: path of miniflare, path of the bundled worker, path of the kernels, the task.
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

const [miniflarePath, workerPath, kernelsPath, task] = process.argv.slice(2)
const { Miniflare } = await import(pathToFileURL(miniflarePath).href)

const worker = new Miniflare({
  host: '127.0.0.1',
  port: 0,
  cf: false,
  telemetry: { enabled: false },
  compatibilityDate: '2026-07-01',
  modules: [
    { type: 'ESModule', path: 'worker.mjs', contents: await readFile(workerPath, 'utf8') },
    { type: 'CompiledWasm', path: 'hyphae/kernels.wasm', contents: await readFile(kernelsPath) },
  ],
  durableObjects: { MESH: 'Mesh' },
})

try {
  const { host } = await worker.ready
  const response = await fetch(`http://${host}/`, { method: 'POST', body: task })
  const body = await response.text()
  if (!response.ok) throw new Error(`the worker answered ${response.status}: ${body}`)
  console.log(`hyphae-results ${body}`)
} finally {
  await worker.dispose()
}
