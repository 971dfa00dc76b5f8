import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { HyphaeError } from '../../core/errors.js'
import type { Output } from '../io.js'
import { Progress } from '../progress.js'
import { hashFile } from '../transfer/hash.js'
import { FILE_STREAM } from '../transfer/messages.js'
import { FileReceiver } from '../transfer/receiver.js'
import { sendFile } from '../transfer/sender.js'
import type { Mesh } from './mesh.js'

/** What the transfer of a file came to; every number measured. */
export interface FileResult {
  readonly file: string
  readonly bytes: number
  readonly from: number
  readonly to: number
  readonly tookMs: number
  readonly bytesPerSecond: number
  /** Of what was read at the sender, and of what was read back from the receiver's disk. */
  readonly sentSha256: string
  readonly storedSha256: string
}

/**
 * Sends a file from the first node to the last one through a stream and reads back what was stored.
 * @throws HyphaeError MALFORMED where the two hashes differ
 */
export async function transferFile(mesh: Mesh, path: string, directory: string, out?: Output): Promise<FileResult> {
  const { first, last } = mesh
  const target = join(directory, 'received')
  await mkdir(target)
  const receiver = new FileReceiver(target, Number.MAX_SAFE_INTEGER, SILENT)
  const done = last.node.handleStream(FILE_STREAM, stream => receiver.take(stream))
  const facts = await hashFile(path)
  const peer = await first.node.connect(last.fullAddress)
  const name = basename(path)
  const progress = new Progress(out, name, facts.size)
  const startedMs = performance.now()
  const stream = await first.node.open(peer, FILE_STREAM)
  const verdict = await sendFile({ stream, path, name, facts, onBytes: bytes => progress.update(bytes) })
  const tookMs = performance.now() - startedMs
  progress.finish(facts.size)
  await receiver.idle()
  done()
  const stored = await hashFile(join(target, verdict.name))
  if (stored.sha256 !== facts.sha256) {
    throw new HyphaeError('MALFORMED', `SHA-256 ${facts.sha256} was sent, ${stored.sha256} is stored`)
  }
  return {
    file: path,
    bytes: facts.size,
    from: first.number,
    to: last.number,
    tookMs,
    bytesPerSecond: facts.size / (tookMs / 1000),
    sentSha256: facts.sha256,
    storedSha256: stored.sha256,
  }
}

const nothing = (): void => undefined
const SILENT = { onStart: nothing, onBytes: nothing, onDone: nothing, onFailed: nothing }
