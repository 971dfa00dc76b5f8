import { HyphaeError } from '../../core/errors.js'
import type { EngineStream } from '../engine/stream.js'
import { streamCodeOf } from './stream-code.js'

/** Bytes that may wait in the writable before its writer is asked to. */
const HIGH_WATER_BYTES = 64 * 1024

interface Writing {
  readonly chunk: Uint8Array
  at: number
  resolve(): void
  reject(error: Error): void
}

/** The writing half of a stream: a write is done when the session took its last byte. */
export class StreamOutflow {
  private state: HyphaeError | 'open' | 'done' = 'open'
  private writing: Writing | undefined
  private controller: WritableStreamDefaultController | undefined
  private made: WritableStream<Uint8Array> | undefined

  constructor(
    private readonly stream: EngineStream,
    private readonly act: (work: () => void) => void,
  ) {}

  get writable(): WritableStream<Uint8Array> {
    return (this.made ??= this.make())
  }

  /** The session takes more. Called from inside the engine. */
  room(): void {
    const { writing } = this
    if (writing === undefined) return
    const { chunk } = writing
    writing.at += this.stream.write(chunk, writing.at, chunk.length)
    if (writing.at < chunk.length) return
    this.writing = undefined
    writing.resolve()
  }

  /** The peer wants no more, or the session ended. */
  error(error: HyphaeError): void {
    if (this.state !== 'open') return
    this.state = error
    this.writing?.reject(error)
    this.writing = undefined
    this.controller?.error(error)
  }

  /** Ends our half, where nobody writes through the writable. */
  end(): void {
    if (this.state !== 'open') return
    this.state = 'done'
    this.act(() => this.stream.end())
  }

  /** We give our half up. */
  giveUp(code: number, error: HyphaeError): void {
    if (this.state !== 'open') return
    this.act(() => this.stream.reset(code))
    this.error(error)
  }

  private make(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>(
      {
        start: controller => {
          this.controller = controller
          if (typeof this.state === 'object') controller.error(this.state)
        },
        write: chunk => this.write(chunk),
        close: () => this.close(),
        abort: reason => this.abort(reason),
      },
      { highWaterMark: HIGH_WATER_BYTES, size: chunk => (chunk as Uint8Array | undefined)?.byteLength ?? 1 },
    )
  }

  private write(chunk: unknown): Promise<void> | undefined {
    if (!(chunk instanceof Uint8Array)) {
      throw new HyphaeError('INVALID_ARGUMENT', 'streams carry Uint8Array chunks only', {
        remedy: 'encode it first, for instance through a TextEncoderStream',
      })
    }
    if (this.state !== 'open') throw this.state === 'done' ? closed() : this.state
    let taken = 0
    this.act(() => (taken = this.stream.write(chunk, 0, chunk.length)))
    if (taken === chunk.length) return undefined
    return new Promise((resolve, reject) => (this.writing = { chunk, at: taken, resolve, reject }))
  }

  private close(): void {
    if (typeof this.state === 'object') throw this.state
    this.end()
  }

  private abort(reason: unknown): void {
    if (this.state !== 'open') return
    this.state = 'done'
    // The chunk that was being written is given up with the rest.
    this.writing?.reject(closed())
    this.writing = undefined
    this.act(() => this.stream.reset(streamCodeOf(reason)))
  }
}

function closed(): HyphaeError {
  return new HyphaeError('CLOSED', 'the writing half of the stream was closed')
}
