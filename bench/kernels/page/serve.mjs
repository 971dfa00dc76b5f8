import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { at } from '../../../scripts/lib/project.mjs'
import { bundlePage } from './bundle.mjs'

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }

/** Isolated pages get a finer clock: microseconds in place of a tenth of a millisecond or more. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/**
 * Bundles the page and serves it to browsers of this machine.
 *
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function servePage() {
  const files = await bundlePage()
  files.set('/', readFileSync(at('bench/kernels/page/index.html'), 'utf8'))
  files.set('/style.css', readFileSync(at('bench/kernels/page/style.css'), 'utf8'))
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const body = files.get(pathname)
    const type = TYPES[pathname === '/' ? 'html' : pathname.split('.').at(-1)] ?? 'text/plain'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, ...ISOLATED }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/`, close }
}
