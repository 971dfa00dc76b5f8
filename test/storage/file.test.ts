import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeCompliance } from '../../src/sim/compliance/store.js'
import { openFileStore } from '../../src/storage/file/node.js'
import { runCases } from '../transports/support.js'

let root = ''
let directories = 0
const freshDirectory = () => join(root, String(directories++), 'store')

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hyphae-store-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('file store', () => {
  let last = ''
  runCases(
    storeCompliance({
      open: () => openFileStore((last = freshDirectory())),
      reopen: async store => {
        await store.close()
        return openFileStore(last)
      },
    }),
  )

  it('keeps directory and files readable by their owner only', async () => {
    const directory = freshDirectory()
    const store = await openFileStore(directory)
    await store.put('identity', new Uint8Array([1]))
    const [name] = await readdir(directory)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, String(name)))).mode & 0o777).toBe(0o600)
    await store.close()
  })

  it('answers STORE_FAILED for every torn or changed file, never a wrong value', async () => {
    const directory = freshDirectory()
    const store = await openFileStore(directory)
    await store.put('key', new Uint8Array([1, 2, 3, 4]))
    const path = join(directory, String((await readdir(directory))[0]))
    const whole = await readFile(path)
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      await expect(store.get('key')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at)
      await writeFile(path, changed)
      await expect(store.get('key')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    }
    await writeFile(path, whole)
    expect(await store.get('key')).toEqual(new Uint8Array([1, 2, 3, 4]))
    await store.close()
  })

  it('leaves no temporary file, and removes those that a crash left', async () => {
    const directory = freshDirectory()
    const store = await openFileStore(directory)
    await Promise.all([1, 2, 3, 4, 5].map(i => store.put(`key/${i}`, new Uint8Array(i))))
    expect((await readdir(directory)).filter(name => name.endsWith('.tmp'))).toEqual([])
    await store.close()
    await writeFile(join(directory, 'key%2f1.value.0a0b.tmp'), 'half')
    const again = await openFileStore(directory)
    expect((await readdir(directory)).filter(name => name.endsWith('.tmp'))).toEqual([])
    expect(await again.list('')).toHaveLength(5)
    await again.close()
  })

  it('keeps the old value and reports a coded error when a write fails', async () => {
    const directory = freshDirectory()
    const store = await openFileStore(directory)
    await store.put('key', new Uint8Array([1]))
    await rm(directory, { recursive: true })
    await expect(store.put('key', new Uint8Array([2]))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.list('')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await writeFile(directory, 'a file in the way')
    await expect(openFileStore(directory)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(openFileStore(join(directory, 'below'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('refuses keys whose file name would be too long', async () => {
    const store = await openFileStore(freshDirectory())
    await expect(store.put('/'.repeat(77), new Uint8Array(1))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await store.put('/'.repeat(76), new Uint8Array(1))
    expect(await store.list('/')).toHaveLength(1)
    await store.close()
  })
})
