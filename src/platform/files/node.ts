import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HyphaeError } from '../../core/errors.js'
import type { Files } from '../../node/api/ports.js'

/** Files of Node, and of Deno and Bun through their `node:fs`: whole or not at all, readable by their owner only. */
export const nodeFiles: Files = {
  async read(path) {
    try {
      return Uint8Array.from(await readFile(path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw failure('read', path, error)
    }
  },
  async write(path, content) {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw failure('write', path, error)
    }
  },
}

function failure(action: string, path: string, cause: unknown): HyphaeError {
  const reason = (cause as NodeJS.ErrnoException).code
  const denied = reason === 'EACCES' || reason === 'EPERM'
  return new HyphaeError(
    denied ? 'PERMISSION' : 'STORE_FAILED',
    `cannot ${action} ${path}: ${reason ?? String(cause)}`,
    {
      cause,
      details: { path, reason },
    },
  )
}
