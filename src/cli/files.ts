import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { HyphaeError, isHyphaeError } from '../core/errors.js'

/**
 * Reads a small file whole.
 * @throws HyphaeError STORE_FAILED, PERMISSION, or INVALID_ARGUMENT past `maxBytes`
 */
export async function readSmall(path: string, maxBytes: number): Promise<Uint8Array> {
  const content = await withPath('read', path, async () => {
    const { size } = await stat(path)
    return size > maxBytes ? undefined : readFile(path)
  })
  if (content !== undefined) return Uint8Array.from(content)
  throw new HyphaeError('INVALID_ARGUMENT', `${path} has more than ${maxBytes} bytes: it is another kind of file`)
}

/**
 * Writes a file whole or not at all, readable by its owner only.
 *
 * @param isNew - refuses to replace a file
 * @throws HyphaeError STORE_FAILED, PERMISSION, INVALID_ARGUMENT where a new file exists already
 */
export async function writeWhole(path: string, content: Uint8Array, isNew: boolean): Promise<void> {
  await withPath('write', path, async () => {
    if (isNew) return write(path, content)
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
    try {
      await write(temporary, content)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
  })
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Runs work on a file; what the system refuses becomes an error with code, path and remedy. */
export async function withPath<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(action, path, error)
  }
}

/** What the system's refusal means for a user. */
export function fileError(action: string, path: string, cause: unknown): unknown {
  if (isHyphaeError(cause)) return cause
  const reason = (cause as NodeJS.ErrnoException).code
  const message = `cannot ${action} ${path}: ${String(reason)}`
  const options = { cause, details: { path, reason } }
  switch (reason) {
    case undefined:
      return cause
    case 'EEXIST':
      return new HyphaeError('INVALID_ARGUMENT', `${path} exists already`, { ...options, remedy: 'give another path' })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new HyphaeError('PERMISSION', message, { ...options, remedy: `let this user ${action} there` })
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new HyphaeError('STORE_FAILED', message, {
        ...options,
        retryable: true,
        remedy: 'make room on the disk and run the same command again: it goes on where it stopped',
      })
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
      return new HyphaeError('STORE_FAILED', message, { ...options, remedy: 'check the path' })
    default:
      return new HyphaeError('STORE_FAILED', message, options)
  }
}
