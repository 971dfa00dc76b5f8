import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { HyphaeError } from '../../core/errors.js'
import { withPath } from '../files.js'
import { hashFile, readFrom } from './hash.js'
import type { Offer } from './messages.js'
import { numbered, safeName } from './names.js'

/** Names tried for a file before giving up. */
const MAX_NAMES = 1000

/**
 * A file that is being received: `.hyphae-<hash>.partial` in the directory until its last byte is there and its hash is
 * right. Named by content, so that whoever sends the same content later goes on where it stopped.
 */
export class PartialFile {
  private constructor(
    private readonly directory: string,
    private readonly offer: Offer,
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly hash: Hash,
    private length: number,
  ) {}

  /**
   * Opens the partial file of an offer, or begins it.
   * @throws HyphaeError STORE_FAILED (disk full among them), PERMISSION
   */
  static async open(directory: string, offer: Offer): Promise<PartialFile> {
    const path = join(directory, `.hyphae-${offer.sha256}.partial`)
    return withPath('write', path, async () => {
      // A link that somebody planted there is not followed.
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
      const handle = await open(path, flags, 0o600)
      try {
        const { size } = await handle.stat()
        if (size > offer.size) await handle.truncate(0)
        const hash = createHash('sha256')
        const kept = size > offer.size ? 0 : size
        if (kept > 0) for await (const chunk of readFrom(path, 0)) hash.update(chunk)
        await checkRoom(directory, offer.size - kept)
        return new PartialFile(directory, offer, path, handle, hash, kept)
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  /** Bytes that are there. */
  get offset(): number {
    return this.length
  }

  /** Bytes that are missing. */
  get missing(): number {
    return this.offer.size - this.length
  }

  /** Adds bytes at the end. @throws HyphaeError STORE_FAILED, PERMISSION */
  async append(chunk: Uint8Array): Promise<void> {
    await withPath('write', this.path, async () => {
      let written = 0
      while (written < chunk.length) {
        const { bytesWritten } = await this.handle.write(chunk, written, chunk.length - written, this.length + written)
        written += bytesWritten
      }
    })
    this.hash.update(chunk)
    this.length += chunk.length
  }

  /**
   * The last byte is there: checks the hash and gives the file its name, or the next one that is free.
   *
   * @returns the name
   * @throws HyphaeError MALFORMED where the content is not what was offered; the bytes are thrown away then
   */
  async finish(): Promise<string> {
    const sha256 = this.hash.digest('hex')
    await withPath('write', this.path, () => this.handle.sync())
    await this.handle.close()
    if (sha256 !== this.offer.sha256) {
      await rm(this.path, { force: true })
      throw new HyphaeError(
        'MALFORMED',
        `the content has hash ${sha256}, not the ${this.offer.sha256} that was offered`,
        {
          remedy: 'send it again; the file may have changed while it was sent',
        },
      )
    }
    return this.place()
  }

  /** Stops here; the bytes stay for another time. */
  async leave(): Promise<void> {
    await this.handle.close().catch(() => undefined)
  }

  private async place(): Promise<string> {
    const wanted = safeName(this.offer.name)
    for (let n = 1; n <= MAX_NAMES; n++) {
      const name = numbered(wanted, n)
      const target = join(this.directory, name)
      if (!(await reserve(target))) continue
      await withPath('write', target, () => rename(this.path, target))
      return name
    }
    throw new HyphaeError('STORE_FAILED', `${this.directory} holds ${MAX_NAMES} files of that name already`)
  }
}

/** The name of a file that stands there whole already, as after a verdict that got lost. */
export async function alreadyThere(directory: string, offer: Offer): Promise<string | undefined> {
  const name = safeName(offer.name)
  try {
    const facts = await hashFile(join(directory, name))
    return facts.size === offer.size && facts.sha256 === offer.sha256 ? name : undefined
  } catch {
    return undefined
  }
}

/** Takes a name, so that nothing that stood there is replaced. */
async function reserve(target: string): Promise<boolean> {
  try {
    await (await open(target, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    return withPath('write', target, () => Promise.reject(error as Error))
  }
}

async function checkRoom(directory: string, wanted: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  if (wanted <= bavail * bsize) return
  throw new HyphaeError('STORE_FAILED', `${directory} has room for ${bavail * bsize} bytes, ${wanted} are needed`, {
    retryable: true,
    remedy: 'make room on the disk and send again: it goes on where it stopped',
    details: { reason: 'ENOSPC', wanted },
  })
}
