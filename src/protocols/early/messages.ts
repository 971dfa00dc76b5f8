import { LIMITS } from '../../core/limits.js'
import { decodeMsgpack, encodeMsgpack } from '../../wire/msgpack.js'

/** One request in early data. */
export interface EarlyRequestEntry {
  /** Number by which the answer names it. */
  readonly id: number
  readonly name: string
  readonly body: Uint8Array
  /** How long its sender waits, ms. */
  readonly timeoutMs: number
}

/** The answer to one early request. */
export type EarlyAnswer =
  | { readonly id: number; readonly body: Uint8Array }
  | { readonly id: number; readonly code: string; readonly text: string }

/** Requests a peer may put into one resumption; 16 KiB hold no more useful ones. */
const MAX_REQUESTS = LIMITS.maxEarlyRequests
const MAX_TIMEOUT_MS = 600_000

/** Encodes early data: an array of [id, name, body, timeoutMs]. */
export function encodeEarlyRequests(entries: readonly EarlyRequestEntry[]): Uint8Array {
  return encodeMsgpack(entries.map(({ id, name, body, timeoutMs }) => [id, name, body, Math.ceil(timeoutMs)]))
}

/** Reads early data; what is malformed yields no requests. */
export function decodeEarlyRequests(bytes: Uint8Array): EarlyRequestEntry[] {
  const result = decodeMsgpack(bytes, 0, bytes.length, { maxDepth: 3, maxItems: 5 * MAX_REQUESTS + 1 })
  if (!result.ok || !Array.isArray(result.value)) return []
  const entries = (result.value as unknown[]).map(readEntry)
  return entries.every(entry => entry !== undefined) ? entries.slice(0, MAX_REQUESTS) : []
}

function readEntry(value: unknown): EarlyRequestEntry | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined
  const [id, name, body, timeoutMs] = value as unknown[]
  if (!isCount(id) || !isCount(timeoutMs) || !(body instanceof Uint8Array)) return undefined
  if (typeof name !== 'string' || name.length === 0 || name.length > LIMITS.maxNameBytes) return undefined
  return { id, name, body, timeoutMs: Math.min(timeoutMs, MAX_TIMEOUT_MS) }
}

/** Encodes an answer: a map of id and body, or of id, code and text. */
export function encodeEarlyAnswer(answer: EarlyAnswer): Uint8Array {
  return encodeMsgpack(answer)
}

/** Reads an answer; undefined where it is malformed. */
export function decodeEarlyAnswer(bytes: Uint8Array): EarlyAnswer | undefined {
  const result = decodeMsgpack(bytes, 0, bytes.length, { maxDepth: 2, maxItems: 8 })
  if (!result.ok || typeof result.value !== 'object' || result.value === null) return undefined
  const { id, body, code, text } = result.value as Record<string, unknown>
  if (!isCount(id)) return undefined
  if (body instanceof Uint8Array) return { id, body }
  return typeof code === 'string' && typeof text === 'string' ? { id, code, text } : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
