import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, relative, sep } from 'node:path'
import { withEsbuild, withRollup, withVite } from './bundles.mjs'

/** A CommonJS package whose own build for browsers an import map has to name, since no browser reads its entry. */
const BROWSER_BUILDS = { eventemitter3: '/node_modules/eventemitter3/dist/eventemitter3.esm.js' }

const TYPES = { html: 'text/html', mjs: 'text/javascript', js: 'text/javascript', wasm: 'application/wasm' }

const page = (script, imports = '') =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${imports}<script type="module" src="${script}"></script>`

/** No inline script, nothing compiled at run time: WebAssembly is forbidden with it. */
const STRICT = { 'content-security-policy': "script-src 'self'" }

/**
 * Bundles the program by several bundlers as they come, and serves that and the installed modules to browsers of this
 * machine: `/esbuild.html`, `/rollup.html`, `/vite.html`, `/native.html` with an import map in place of a bundler, and
 * `/strict-….html`, whose policy forbids to compile WebAssembly.
 */
export async function servePages(app) {
  const [metafile] = await Promise.all([
    withEsbuild(app, 'page.bundle.mjs'),
    withRollup(app, 'rollup'),
    withVite(app, 'vite'),
  ])
  const imports = `<script type="importmap">${JSON.stringify({ imports: importMap(metafile) })}</script>`
  const made = {
    '/esbuild.html': page('/page.bundle.mjs'),
    '/rollup.html': page('/rollup/page.mjs'),
    '/native.html': page('/page.mjs', imports),
    '/strict-esbuild.html': page('/page.bundle.mjs'),
    '/strict-rollup.html': page('/rollup/page.mjs'),
  }
  const fileOf = path => {
    // Vite writes a page of its own, which asks for what it needs from the root of the site.
    if (path === '/vite.html') return join(app, 'vite/index.html')
    return join(app, path.startsWith('/assets/') ? `vite${path}` : path)
  }

  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    const file = fileOf(path)
    const isInside = !relative(app, file).startsWith(`..${sep}`)
    const body = made[path] ?? (isInside ? await readFile(file).catch(() => undefined) : undefined)
    const type = TYPES[path.split('.').at(-1)] ?? 'application/octet-stream'
    const policy = path.startsWith('/strict-') ? STRICT : {}
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, ...policy }).end(body)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://127.0.0.1:${server.address().port}`, close }
}

/** Where each bare name that the modules import stands, as the bundler resolved it. */
function importMap({ inputs }) {
  const bare = Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ original }) => original && !original.startsWith('.'))
    .map(({ original, path }) => [original, `/${path}`])
  return { ...Object.fromEntries(bare), ...BROWSER_BUILDS }
}
