import { HyphaeError } from '../../core/errors.js'

/** Reads a stream of bytes in the pieces its consumer wants. */
export class ByteReader {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>
  private rest: Uint8Array = new Uint8Array(0)

  constructor(readable: ReadableStream<Uint8Array>) {
    this.reader = readable.getReader()
  }

  /** So many bytes. @throws HyphaeError MALFORMED where the stream ends before */
  async exactly(count: number): Promise<Uint8Array> {
    const out = new Uint8Array(count)
    let at = 0
    while (at < count) {
      const piece = await this.some(count - at)
      if (piece === undefined) throw new HyphaeError('MALFORMED', 'the stream ended too early')
      out.set(piece, at)
      at += piece.length
    }
    return out
  }

  /** The next bytes, `most` at most; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.rest.length === 0) {
      const { done, value } = await this.reader.read()
      if (done) return undefined
      this.rest = value
    }
    const piece = this.rest.subarray(0, most)
    this.rest = this.rest.subarray(piece.length)
    return piece
  }

  /** Wants no more. */
  async cancel(): Promise<void> {
    await this.reader.cancel().catch(() => undefined)
  }
}
