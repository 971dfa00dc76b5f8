import type { NodeStream } from '../../node/api/node-stream.js'
import { HyphaeError, isHyphaeError } from '../../core/errors.js'
import { ByteReader } from './byte-reader.js'
import { type FileFacts, readFrom } from './hash.js'
import { encode, readAnswer, readVerdict, type Verdict } from './messages.js'

/** What {@link sendFile} needs. */
export interface SendFileOptions {
  /** A stream opened under `FILE_STREAM`. */
  readonly stream: NodeStream
  readonly path: string
  /** Name that is told; the receiver makes it harmless. */
  readonly name: string
  readonly facts: FileFacts
  readonly signal?: AbortSignal | undefined
  /** The receiver has so many bytes already. */
  readonly onOffset?: (offset: number) => void
  /** So many bytes of the whole were handed over. */
  readonly onBytes?: (done: number) => void
}

/**
 * Sends a file over a stream, from wherever the receiver stopped the last time.
 *
 * @returns under which name it stands there; its hash has been compared on both sides
 * @throws HyphaeError what the receiver refused with, MALFORMED, ABORTED, STORE_FAILED, PERMISSION, SESSION_LOST
 */
export async function sendFile(options: SendFileOptions): Promise<Verdict> {
  const { stream, signal } = options
  const abort = (): void => stream.reset()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await converse(options)
  } catch (error) {
    stream.reset()
    throw signal?.aborted ? new HyphaeError('ABORTED', 'interrupted', { cause: error }) : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

async function converse({ stream, path, name, facts, signal, onOffset, onBytes }: SendFileOptions): Promise<Verdict> {
  const reader = new ByteReader(stream.readable)
  const writer = stream.writable.getWriter()
  // A writer that fails is told through its calls; nobody listens to this promise.
  writer.closed.catch(() => undefined)
  await writer.write(encode({ name, ...facts }))
  const { offset } = await readAnswer(reader, facts.size)
  onOffset?.(offset)
  try {
    let done = offset
    for await (const chunk of readFrom(path, offset, signal)) {
      await writer.write(chunk)
      done += chunk.length
      onBytes?.(done)
    }
    await writer.close()
  } catch (error) {
    // A receiver that gave up said why before it stopped us.
    throw await readVerdict(reader).then(
      () => error,
      (reason: unknown) => (isHyphaeError(reason) && reason.details['isTold'] === true ? reason : error),
    )
  }
  const verdict = await readVerdict(reader)
  if (verdict.sha256 === facts.sha256) return verdict
  throw new HyphaeError('MALFORMED', `the receiver stored hash ${verdict.sha256}, not ${facts.sha256}`)
}
