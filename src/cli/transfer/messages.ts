import { ERROR_CODES, HyphaeError, type ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import type { ByteReader } from './byte-reader.js'

/**
 * The conversation of a transfer on a stream of this name: the sender's offer, the receiver's answer, the bytes from the
 * offset on, the receiver's verdict. Offer, answer and verdict are JSON behind a length of four bytes.
 */
export const FILE_STREAM = 'hyphae-cli/file/1'

/** What a sender has. */
export interface Offer {
  readonly name: string
  /** Bytes of the whole. */
  readonly size: number
  /** SHA-256 of the whole, 64 hex digits. */
  readonly sha256: string
}

/** Where a receiver wants the sender to begin. */
export interface Answer {
  readonly offset: number
}

/** How it ended at the receiver. */
export interface Verdict {
  /** Name under which the file stands there. */
  readonly name: string
  /** SHA-256 of what stands there. */
  readonly sha256: string
}

/** A message as bytes. */
export function encode(
  message: Offer | Answer | Verdict | { readonly error: { code: string; text: string } },
): Uint8Array {
  const text = Buffer.from(JSON.stringify(message))
  const out = Buffer.alloc(4 + text.length)
  out.writeUInt32BE(text.length)
  text.copy(out, 4)
  return out
}

/** Reads the sender's offer. @throws HyphaeError MALFORMED */
export async function readOffer(reader: ByteReader): Promise<Offer> {
  const { name, size, sha256 } = await readObject(reader)
  const isSound =
    typeof name === 'string' && isSize(size) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
  if (!isSound) throw malformed('an offer needs name, size and sha256')
  return { name, size, sha256 }
}

/** Reads the receiver's answer. @throws HyphaeError MALFORMED, or what the receiver refused with */
export async function readAnswer(reader: ByteReader, size: number): Promise<Answer> {
  const { offset } = await readObject(reader)
  if (!isSize(offset) || offset > size) throw malformed('an answer needs an offset within the file')
  return { offset }
}

/** Reads the receiver's verdict. @throws HyphaeError MALFORMED, or what failed there */
export async function readVerdict(reader: ByteReader): Promise<Verdict> {
  const { name, sha256 } = await readObject(reader)
  if (typeof name !== 'string' || typeof sha256 !== 'string') throw malformed('a verdict needs name and sha256')
  return { name, sha256 }
}

async function readObject(reader: ByteReader): Promise<Readonly<Record<string, unknown>>> {
  const length = Buffer.from(await reader.exactly(4)).readUInt32BE()
  if (length > LIMITS.maxFileMessageBytes) throw malformed(`${length} bytes are too many`)
  const message = parse(Buffer.from(await reader.exactly(length)).toString('utf8'))
  if (typeof message !== 'object' || message === null) throw malformed('no object')
  if ('error' in message) throw told(message.error)
  return message as Record<string, unknown>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('no JSON')
  }
}

/** The receiver's own error, under its code where we know it. */
function told(error: unknown): HyphaeError {
  const { code, text } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown
    text?: unknown
  }
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'HANDLER_FAILED'
  const why = (typeof text === 'string' ? text : 'no reason given').slice(0, LIMITS.maxFailureTextBytes)
  return new HyphaeError(known, `the receiver says: ${why}`, { details: { isTold: true } })
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function malformed(why: string): HyphaeError {
  return new HyphaeError('MALFORMED', `not a transfer as hyphae send speaks it: ${why}`, {
    remedy: 'run the same version of hyphae on both sides',
  })
}
