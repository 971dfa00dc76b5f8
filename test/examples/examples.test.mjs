import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createNode } from '../../src/platform/node.js'
import { at, bundle, start } from './support.mjs'

const undo = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

function running(...typed) {
  const program = start(...typed)
  undo.push(async () => {
    program.child.kill('SIGKILL')
    await program.ended
  })
  return program
}

/** Inside the checkout, so that packages beside the bundle are found. */
function directory(parent = tmpdir()) {
  const path = mkdtempSync(join(parent, 'hyphae-examples-'))
  undo.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

describe('examples', () => {
  it('echo: a request and a message with its statuses', async () => {
    const { code, said } = await running(at('examples/echo.mjs')).ended
    expect([code, said]).toEqual([
      0,
      'answer: {"hello":"world"}\nmessage: queued\nmessage: sent\nmessage: acknowledged\n',
    ])
  })

  it('file stream: the same hash on both sides', async () => {
    const path = join(directory(), 'file')
    writeFileSync(path, Buffer.alloc(5_000_000, 'hyphae'))
    const { code, said } = await running(at('examples/file-stream.mjs'), path).ended
    expect([code, said]).toEqual([0, expect.stringMatching(/^sent {5}([0-9a-f]{64})\nreceived \1\nthe same\n$/)])
  })

  it('typed service: answers, and refuses what does not fit its schema', async () => {
    const out = await bundleForNode('examples/typed-service.ts')
    const { code, said } = await running(out).ended
    expect([code, said]).toEqual([0, 'apples: 3, then 1\nrefused before it left: SCHEMA_INVALID\n'])
  })

  it('browser: the page is served, and what runs in it reaches the node', async () => {
    const server = running(at('examples/browser/serve.mjs'))
    const [, url] = await server.until(/open (\S+)\n/)
    expect(await (await fetch(url)).text()).toBe(readFileSync(at('examples/browser/index.html'), 'utf8'))
    const script = await (await fetch(`${url}page.js`)).text()
    const page = running(pageHost(script, url))
    expect((await page.until(/answer: (.*)\n/))[1]).toBe('HELLO')
    page.child.kill('SIGKILL')
    expect((await fetch(`${url}none`)).status).toBe(404)
    server.child.kill('SIGINT')
    expect((await server.ended).code).toBe(0)
  })

  it('worker: takes a peer in through a pair of WebSockets', async () => {
    const worker = await bundle('examples/worker/worker.mjs', join(directory(), 'worker.mjs'), ['workerd', 'worker'])
    expect(readFileSync(worker, 'utf8')).not.toMatch(/from ['"]node:(?!fs)/)
    const host = running(at('test/examples/worker-host.mjs'), worker)
    const [, port] = await host.until(/listening at (\d+)\n/)
    const { peer } = await (await fetch(`http://127.0.0.1:${port}/`)).json()
    const node = await createNode()
    undo.push(() => node.close({ timeoutMs: 0 }))
    expect(await node.connect(`ws://127.0.0.1:${port}#${peer}`)).toBe(peer)
    expect(await node.request(peer, 'shout', 'hello')).toBe('HELLO')
  })
})

async function bundleForNode(entry) {
  const { build } = await import('esbuild')
  const outfile = join(directory(at('build')), 'example.mjs')
  await build({
    entryPoints: [at(entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  return outfile
}

/** A page's surroundings as far as this page uses them; sockets and fetch are real. */
function pageHost(script, url) {
  const path = join(directory(at('build')), 'page.mjs')
  const surroundings = `
    import { WebSocket } from 'ws'
    globalThis.WebSocket = WebSocket
    const real = globalThis.fetch
    globalThis.fetch = (path, options) => real(new URL(path, ${JSON.stringify(url)}), options)
    let submit
    const form = { addEventListener: (_name, listener) => (submit = listener) }
    const answers = { append: item => console.log('answer: ' + item.textContent) }
    const elements = { state: {}, text: { value: 'hello' }, form, answers }
    globalThis.document = { getElementById: id => elements[id], createElement: () => ({}) }
    globalThis.addEventListener = () => undefined
    await import('./script.mjs')
    await submit({ preventDefault() {} })
  `
  writeFileSync(path, surroundings)
  writeFileSync(join(path, '../script.mjs'), script)
  return path
}
