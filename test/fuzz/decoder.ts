import { readFileSync } from 'node:fs'
import { fromHex, utf8 } from '../../src/core/text.js'
import { ByteReader } from '../../src/cli/transfer/byte-reader.js'
import { loadKernels } from '../../src/kernels/index.js'
import { readChain } from '../../src/wire/identity/chain.js'

/** One thing that reads bytes of somebody else. */
export interface Decoder {
  readonly name: string
  /** What of `src` it stands for: `path#symbol`. */
  readonly covers: readonly string[]
  /** Valid encodings. */
  seeds(): readonly Uint8Array[]
  /**
   * Decodes. Throws nothing but a HyphaeError, and only where the decoder says that it does. Where there is an encoder,
   * answers pairs that must be equal: what was accepted, and what it becomes when it is encoded and decoded again.
   */
  run(bytes: Uint8Array): void | readonly [before: unknown, after: unknown] | Promise<void>
}

export const kernels = loadKernels()
export const identity = JSON.parse(
  readFileSync(new URL('../vectors/identity.json', import.meta.url), 'utf8'),
) as Record<'chainAfter' | 'chainBefore' | 'revocation', string>

/** What the last run said of its input: inputs that are told apart by it are worth keeping. */
export const notes: string[] = []
export const note = (what: string | undefined): void =>
  void notes.push(
    (what ?? 'accepted')
      .replace(/\d+/g, 'N')
      .replace(/"[^"]*"|'[^']*'/g, 'T')
      .slice(0, 60),
  )
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
export const seedsOf =
  (...texts: string[]) =>
  (): Uint8Array[] =>
    texts.map(one => utf8(one))
export const hex = (value: string): Uint8Array => fromHex(value)
export const chainAfter = hex(identity.chainAfter)
export const records = readChain(chainAfter)
export const record = (bytes: Uint8Array | undefined): Uint8Array => bytes ?? new Uint8Array(0)

export const VALUES = [
  null,
  true,
  -1,
  2 ** 40,
  1.5,
  'text',
  new Uint8Array([1, 2]),
  [1, ['a', {}]],
  { a: 1, b: { c: [null] } },
]

/** A reader that hands out one chunk and ends. */
export function readerOf(bytes: Uint8Array): ByteReader {
  return new ByteReader(
    new ReadableStream<Uint8Array>({
      start: controller => {
        if (bytes.length > 0) controller.enqueue(bytes)
        controller.close()
      },
    }),
  )
}

/** Same bytes, cut at a place that depends on them: a reader must not care. */
export function inPieces(bytes: Uint8Array, read: (from: number, to: number) => boolean): void {
  const middle = bytes.length === 0 ? 0 : bytes[0] % bytes.length
  if (read(0, middle)) read(middle, bytes.length)
}

/** Runs what may throw its own errors; others go on up. */
export function quietly(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if ((error as Error).name !== 'HyphaeError') throw error
    note((error as Error).message)
  }
}
