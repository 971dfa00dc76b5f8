import type { PeerId } from '../../core/ids.js'
import { HyphaeError, isHyphaeError } from '../../core/errors.js'
import type { NodeStream } from '../../node/api/node-stream.js'
import { ByteReader } from './byte-reader.js'
import { CHUNK_BYTES } from './hash.js'
import { encode, type Offer, readOffer } from './messages.js'
import { alreadyThere, PartialFile } from './partial.js'

/** What happens to a transfer, for whoever shows it. */
export interface ReceiverEvents {
  onStart(peer: PeerId, offer: Offer, offset: number): void
  onBytes(offer: Offer, done: number): void
  onDone(peer: PeerId, offer: Offer, name: string): void
  onFailed(peer: PeerId, offer: Offer | undefined, error: unknown): void
}

/** Files of this directory, as far as they are received now: the later transfer of a content takes over from the former. */
type Running = Map<string, { readonly stream: NodeStream; readonly ended: Promise<void> }>

/** Takes files from peers into a directory. */
export class FileReceiver {
  private readonly running: Running = new Map()

  /** @param maxBytes - of one file; larger offers are refused with LIMIT_EXCEEDED */
  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
    private readonly events: ReceiverEvents,
  ) {}

  /** Takes one stream; never rejects. */
  async take(stream: NodeStream): Promise<void> {
    const reader = new ByteReader(stream.readable)
    const writer = stream.writable.getWriter()
    writer.closed.catch(() => undefined)
    let offer: Offer | undefined
    try {
      offer = await readOffer(reader)
      const { name, sha256 } = await this.inTurn(stream, offer, reader, writer)
      await writer.write(encode({ name, sha256 }))
      await writer.close()
    } catch (error) {
      this.events.onFailed(stream.peer, offer, error)
      await refuse(writer, error)
      await reader.cancel()
    }
  }

  /** Waits for the end of every transfer under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ ended }) => ended))
  }

  /** A sender that was killed leaves a transfer that hangs until its session ends: a new one for the content ends it. */
  private async inTurn(
    stream: NodeStream,
    offer: Offer,
    reader: ByteReader,
    writer: WritableStreamDefaultWriter<Uint8Array>,
  ): Promise<{ name: string; sha256: string }> {
    const former = this.running.get(offer.sha256)
    const work = (async () => {
      former?.stream.reset()
      await former?.ended
      return this.receive(stream, offer, reader, writer)
    })()
    const ended = work.then(
      () => undefined,
      () => undefined,
    )
    this.running.set(offer.sha256, { stream, ended })
    try {
      return await work
    } finally {
      if (this.running.get(offer.sha256)?.stream === stream) this.running.delete(offer.sha256)
    }
  }

  private async receive(
    stream: NodeStream,
    offer: Offer,
    reader: ByteReader,
    writer: WritableStreamDefaultWriter<Uint8Array>,
  ): Promise<{ name: string; sha256: string }> {
    if (offer.size > this.maxBytes) {
      throw new HyphaeError('LIMIT_EXCEEDED', `the file has ${offer.size} bytes, ${this.maxBytes} are allowed here`)
    }
    const there = await alreadyThere(this.directory, offer)
    if (there !== undefined) {
      this.events.onStart(stream.peer, offer, offer.size)
      await writer.write(encode({ offset: offer.size }))
      this.events.onDone(stream.peer, offer, there)
      return { name: there, sha256: offer.sha256 }
    }
    const partial = await PartialFile.open(this.directory, offer)
    try {
      this.events.onStart(stream.peer, offer, partial.offset)
      await writer.write(encode({ offset: partial.offset }))
      await this.fill(partial, offer, reader)
      const name = await partial.finish()
      this.events.onDone(stream.peer, offer, name)
      return { name, sha256: offer.sha256 }
    } finally {
      await partial.leave()
    }
  }

  private async fill(partial: PartialFile, offer: Offer, reader: ByteReader): Promise<void> {
    while (partial.missing > 0) {
      const chunk = await reader.some(Math.min(CHUNK_BYTES, partial.missing))
      if (chunk === undefined) throw new HyphaeError('MALFORMED', 'the sender ended before the last byte')
      await partial.append(chunk)
      this.events.onBytes(offer, partial.offset)
    }
  }
}

/** Tells the sender why, where it still listens. */
async function refuse(writer: WritableStreamDefaultWriter<Uint8Array>, error: unknown): Promise<void> {
  const { code, message } = isHyphaeError(error) ? error : { code: 'HANDLER_FAILED', message: 'the receiver failed' }
  try {
    await writer.write(encode({ error: { code, text: message } }))
    await writer.close()
  } catch {
    // The stream is gone: that was the failure.
  }
}
