import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HyphaeError } from '../../core/errors.js'
import type { Store } from '../../ports/store.js'
import { checkStoreKey, storeClosed } from '../key.js'

/** Name, version and checksum in front of every value. */
const MAGIC = Buffer.from('hyphae store 1\n', 'latin1')
const CHECKSUM_BYTES = 16
const HEADER_BYTES = MAGIC.length + CHECKSUM_BYTES
const SUFFIX = '.value'
const TEMPORARY = '.tmp'
/** Longest file name that every usual file system takes, less the suffix of a temporary file. */
const MAX_NAME_BYTES = 230

/**
 * A store in a directory, one file a key, for Node, Deno and Bun. A value is written to a temporary file, synced, put in
 * place by rename, and the directory synced, so that a crash leaves the old value or the new one. Directory and files
 * are readable by their owner only. One process owns a directory at a time.
 *
 * @param directory made when missing
 * @throws HyphaeError STORE_FAILED, PERMISSION
 * @example
 * ```ts
 * const node = await createNode({ store: await openFileStore('./state') })
 * ```
 */
export async function openFileStore(directory: string): Promise<Store> {
  await during('open', directory, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    // Left over by a crash between write and rename; nobody else writes here.
    for (const name of await readdir(directory))
      if (name.endsWith(TEMPORARY)) await rm(join(directory, name), { force: true })
  })
  return new FileStore(directory)
}

class FileStore implements Store {
  readonly #directory: string
  /** The last write under way of each file: writes of one key happen in the order of their calls. */
  readonly #writing = new Map<string, Promise<void>>()
  #temporaries = 0
  #closed = false

  constructor(directory: string) {
    this.#directory = directory
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key)
    const file = await during('read', path, () => readFile(path).catch(missingIsUndefined))
    return file && openValue(path, file)
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    const path = this.#path(key)
    const file = sealValue(value)
    await this.#inOrder(path, () => during('write', path, () => this.#replace(path, file)))
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    await this.#inOrder(path, () =>
      during('delete', path, async () => {
        await rm(path, { force: true })
        await syncDirectory(this.#directory)
      }),
    )
  }

  async list(prefix: string): Promise<string[]> {
    if (this.#closed) throw storeClosed()
    const names = await during('list', this.#directory, () => readdir(this.#directory))
    const keys = names.filter(name => name.endsWith(SUFFIX)).map(name => decodeName(name.slice(0, -SUFFIX.length)))
    return keys.filter(key => key.startsWith(prefix)).sort()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#writing.values())
  }

  async #replace(path: string, file: Uint8Array): Promise<void> {
    const temporary = `${path}.${this.#temporaries++}${TEMPORARY}`
    try {
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(file)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw error
    }
    await syncDirectory(this.#directory)
  }

  #path(key: string): string {
    if (this.#closed) throw storeClosed()
    checkStoreKey(key)
    const name = encodeName(key)
    if (name.length > MAX_NAME_BYTES) {
      throw new HyphaeError('INVALID_ARGUMENT', `the key makes a file name of more than ${MAX_NAME_BYTES} bytes`, {
        remedy: 'take a shorter key; capitals and signs count three bytes each',
      })
    }
    return join(this.#directory, name + SUFFIX)
  }

  #inOrder(path: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(path) ?? Promise.resolve()
    // The one before reports its own failure to its own caller.
    const own = before.catch(() => undefined).then(work)
    this.#writing.set(path, own)
    const forget = (): void => {
      if (this.#writing.get(path) === own) this.#writing.delete(path)
    }
    own.then(forget, forget)
    return own
  }
}

/** Capitals are escaped too: some file systems do not tell them from small letters. The dot keeps no name special. */
function encodeName(key: string): string {
  return key.replace(/[^a-z0-9_-]/g, sign => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function decodeName(name: string): string {
  return name.replace(/%([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

function sealValue(value: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, checksum(value), value])
}

function openValue(path: string, file: Buffer): Uint8Array {
  const value = file.subarray(HEADER_BYTES)
  const whole =
    file.length >= HEADER_BYTES &&
    MAGIC.equals(file.subarray(0, MAGIC.length)) &&
    timingSafeEqual(checksum(value), file.subarray(MAGIC.length, HEADER_BYTES))
  if (whole) return Uint8Array.from(value)
  throw new HyphaeError('STORE_FAILED', `the file ${path} is not whole or not of a store`, {
    remedy: 'restore it from a backup, or delete it to go on without its value',
    details: { path },
  })
}

function checksum(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest().subarray(0, CHECKSUM_BYTES)
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows has no handles of directories to sync; its rename is journalled.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function missingIsUndefined(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}

async function during<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code
    const details = { path, reason }
    const message = `cannot ${action} ${path}: ${reason ?? String(cause)}`
    if (reason === 'EACCES' || reason === 'EPERM') {
      throw new HyphaeError('PERMISSION', message, {
        cause,
        details,
        remedy: 'give this user the right to read and write there',
      })
    }
    throw new HyphaeError('STORE_FAILED', message, {
      cause,
      details,
      retryable: reason === 'ENOSPC' || reason === 'EMFILE',
    })
  }
}
