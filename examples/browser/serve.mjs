// Serves the page and runs the node it talks to. Run: node examples/browser/serve.mjs
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { createNode } from 'hyphae'

const at = name => fileURLToPath(new URL(name, import.meta.url))

const node = await createNode({ listen: ['ws://127.0.0.1:0'] })
node.handle('shout', body => String(body).toUpperCase())

const bundle = await build({
  entryPoints: [at('page.mjs')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
})

const files = new Map([
  ['/', ['text/html', readFileSync(at('index.html'))]],
  ['/page.js', ['text/javascript', bundle.outputFiles[0].contents]],
  ['/mesh.json', ['application/json', JSON.stringify({ address: `${node.addresses[0]}#${node.id}` })]],
])

const server = createServer((request, response) => {
  const file = files.get(request.url ?? '')
  response.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain' })
  response.end(file?.[1] ?? 'not here')
})
server.listen(0, '127.0.0.1', () => console.log(`open http://127.0.0.1:${server.address().port}/`))

process.once('SIGINT', async () => {
  server.close()
  server.closeAllConnections()
  await node.close()
})
