import { expect } from 'vitest'
import { type Decoder, notes } from './decoder.js'

/** Longest time an input of at most 8 KiB may take, ms: three tries must all take longer before that counts. */
const MAX_MS = 500
/** Memory outside of the heap an input may ask for beside eight times its own length. */
const MAX_BYTES = 8 * 1024 * 1024

/** An input that a decoder fell over. */
export class Finding extends Error {
  constructor(
    readonly decoder: string,
    readonly input: Uint8Array,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`${decoder}: ${why}, for ${Buffer.from(input.subarray(0, 200)).toString('hex')}`, options)
  }
}

/**
 * Runs a decoder on an input.
 * @returns what it said of it
 * @throws Finding where it throws what has no code, takes too long or too much, or does not come back to where it was
 */
export async function check(decoder: Decoder, input: Uint8Array): Promise<string> {
  const before = process.memoryUsage().arrayBuffers
  const tookMs = await timed(decoder, input)
  const grown = process.memoryUsage().arrayBuffers - before
  if (grown > MAX_BYTES + 8 * input.length) throw new Finding(decoder.name, input, `${grown} bytes of memory`)
  if (tookMs > MAX_MS && (await timed(decoder, input)) > MAX_MS && (await timed(decoder, input)) > MAX_MS) {
    throw new Finding(decoder.name, input, `${Math.round(tookMs)} ms`)
  }
  return notes.join('|')
}

async function timed(decoder: Decoder, input: Uint8Array): Promise<number> {
  notes.length = 0
  const copy = input.slice()
  const beganMs = performance.now()
  try {
    const result = decoder.run(copy)
    const pair = result instanceof Promise ? await result : result
    if (Array.isArray(pair)) expect(pair[1]).toEqual(pair[0])
  } catch (error) {
    const { name, message } = error as Error
    if (name !== 'HyphaeError') throw new Finding(decoder.name, input, `${name}: ${message}`, { cause: error })
    notes.push(
      message
        .replace(/\d+/g, 'N')
        .replace(/"[^"]*"|'[^']*'/g, 'T')
        .slice(0, 60),
    )
  }
  return performance.now() - beganMs
}
