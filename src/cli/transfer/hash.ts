import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileError, withPath } from '../files.js'
import { HyphaeError } from '../../core/errors.js'

/** Bytes read at a time. */
export const CHUNK_BYTES = 256 * 1024

/** Size and SHA-256 of a file. */
export interface FileFacts {
  readonly size: number
  readonly sha256: string
}

/**
 * Reads a file through once.
 *
 * @param onBytes - told how many bytes were read so far, of how many
 * @throws HyphaeError STORE_FAILED, PERMISSION, ABORTED, INVALID_ARGUMENT for what is no file
 */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
  onBytes?: (done: number, size: number) => void,
): Promise<FileFacts> {
  const { size, isFile } = await withPath('read', path, async () => {
    const handle = await open(path, 'r')
    try {
      const stats = await handle.stat()
      return { size: stats.size, isFile: stats.isFile() }
    } finally {
      await handle.close()
    }
  })
  if (!isFile) throw new HyphaeError('INVALID_ARGUMENT', `${path} is no file`, { remedy: 'give the path of a file' })
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of readFrom(path, 0, signal)) {
    hash.update(chunk)
    done += chunk.length
    onBytes?.(done, size)
  }
  return { size: done, sha256: hash.digest('hex') }
}

/** The bytes of a file from an offset on. @throws HyphaeError STORE_FAILED, PERMISSION, ABORTED */
export async function* readFrom(path: string, start: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { start, highWaterMark: CHUNK_BYTES, signal }))
      yield chunk as Buffer
  } catch (error) {
    if (signal?.aborted) throw new HyphaeError('ABORTED', 'interrupted', { cause: error })
    throw fileError('read', path, error)
  }
}
