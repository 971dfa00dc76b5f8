import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/ports/store.js'
import { createNode, identities } from '../../../src/platform/node.js'
import { createMemoryStore } from '../../../src/storage/memory.js'
import { closeNodesAfterEach, next, start, until } from './support.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hyphae-keeping-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})
closeNodesAfterEach()

const FAST_KDF = { logN: 10, r: 8, p: 1 }

describe('identity of a node', () => {
  it('is made at the first start and found at the next, in a file only its owner can read', async () => {
    const path = join(directory, 'deep', 'node.identity')
    const first = await start({ identity: { path } })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(directory, 'deep'))).toEqual(['node.identity'])
    const second = await start({ identity: { path } })
    expect(second.id).toBe(first.id)
    expect(second.fingerprint).toBe(first.fingerprint)
    expect((await start()).id).not.toBe(first.id)
  })

  it('is kept in a store, in that of the node or one of its own', async () => {
    const store = createMemoryStore()
    const first = await start({ store })
    expect((await start({ store })).id).toBe(first.id)
    expect((await start({ identity: { store } })).id).toBe(first.id)
    const path = join(directory, 'state')
    const kept = await start({ store: path })
    await kept.close()
    expect((await start({ store: path })).id).toBe(kept.id)
  })

  it('is encrypted under a passphrase, which then is needed', async () => {
    const identity = identities.create()
    const path = join(directory, 'sealed')
    await writeFile(path, await identities.export(identity, 'open sesame', { kdf: FAST_KDF }))
    expect((await start({ identity: { path, passphrase: 'open sesame' } })).id).toBe(identity.id)
    await expect(createNode({ identity: { path, passphrase: 'wrong' } })).rejects.toMatchObject({
      code: 'DECRYPT_FAILED',
    })
    await expect(createNode({ identity: { path } })).rejects.toMatchObject({ code: 'DECRYPT_FAILED' })
    const again = await identities.import(await readFile(path), 'open sesame')
    expect(again.id).toBe(identity.id)
  })

  it('is refused when damaged anywhere', async () => {
    const path = join(directory, 'damaged')
    await (await start({ identity: { path } })).close()
    const whole = await readFile(path)
    for (const at of [0, 4, 5, 6, 10, 20, whole.length - 20, whole.length - 1]) {
      const damaged = Uint8Array.from(whole)
      damaged[at] = damaged[at] ^ 1
      await writeFile(path, damaged)
      await expect(createNode({ identity: { path } }), `byte ${at}`).rejects.toMatchObject({ code: 'IDENTITY_CORRUPT' })
    }
    await writeFile(path, whole.subarray(0, 10))
    await expect(createNode({ identity: { path } })).rejects.toMatchObject({ code: 'IDENTITY_CORRUPT' })
  })

  it('rotates, keeps its id, is kept, and peers go on speaking with it', async () => {
    const path = join(directory, 'rotating')
    const a = await start({ identity: { path }, listen: ['tcp://127.0.0.1:0'] })
    const b = await start()
    a.handle('echo', body => body)
    await b.connect(a.addresses[0])
    await a.rotateIdentity()
    expect(await b.request(a.id, 'echo', 1)).toBe(1)
    b.disconnect(a.id)
    await until(() => a.diagnostics().connections === 0)
    expect(await b.connect(a.addresses[0])).toBe(a.id)
    await a.close()
    const back = await start({ identity: { path } })
    expect(back.id).toBe(a.id)
    await expect(back.rotateIdentity()).resolves.toBeUndefined()
  })
})

describe('state of a node', () => {
  it('a qos-2 message is handled once, also when the receiver restarts before it could say so', async () => {
    const store = createMemoryStore()
    const identity = identities.create()
    const first = await start({ identity, store, listen: ['tcp://127.0.0.1:0'] })
    const address = first.addresses[0]
    const sender = await start()
    const handled: unknown[] = []
    first.handle('order', body => handled.push(body))
    await sender.connect(address)
    await sender.send(first.id, 'order', 1, { qos: 2 })
    await first.close()
    expect(await store.list('inbox/')).toEqual([`inbox/${sender.id}`])
    const second = await start({ identity, store, listen: [address] })
    second.handle('order', body => handled.push(body))
    await sender.send(first.id, 'order', 2, { qos: 2 })
    expect(handled).toEqual([1, 2])
  })

  it('what was learnt of certificates survives a restart', async () => {
    const store = createMemoryStore()
    const a = await start({ store, listen: ['tcp://127.0.0.1:0'] })
    const b = await start()
    const arrived = next(a, 'peer:connect')
    await b.connect(a.addresses[0])
    await arrived
    await a.close()
    const marks = await store.get('high-water')
    expect(marks?.length).toBeGreaterThan(100)
    await store.put('high-water', Uint8Array.of(1, 2, 3))
    const again = await start({ store })
    expect(again.id).toBe(a.id)
  })

  it('a store that fails is told as an error, and the node lives on', async () => {
    const healthy = createMemoryStore()
    let broken = false
    const store: Store = {
      get: key => healthy.get(key),
      list: prefix => healthy.list(prefix),
      delete: key => healthy.delete(key),
      close: () => healthy.close(),
      put: (key, value) => (broken ? Promise.reject(new Error('disk full')) : healthy.put(key, value)),
    }
    const a = await start({ store, listen: ['tcp://127.0.0.1:0'] })
    broken = true
    const failed = next(a, 'error')
    const b = await start()
    a.handle('m', body => body)
    await b.connect(a.addresses[0])
    const message = b.send(a.id, 'm', 1, { qos: 2 })
    expect(await failed).toMatchObject({ kind: 'store', error: { code: 'STORE_FAILED' } })
    expect(await b.request(a.id, 'm', 1)).toBe(1)
    broken = false
    expect(await message).toBe('acknowledged')
  })

  it('runtimes without files say what to use instead', async () => {
    const { createNode: inBrowser } = await import('../../../src/platform/browser.js')
    await expect(inBrowser({ identity: { path: 'x' } })).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME' })
    await expect(inBrowser({ store: 'x' })).rejects.toThrow(/no store by path/)
    await expect(createNode({ identity: { path: join(directory, 'x\0y') } })).rejects.toMatchObject({
      code: 'STORE_FAILED',
    })
  })
})
