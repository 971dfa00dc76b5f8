import { HyphaeError } from '../../core/errors.js'
import { isPeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { utf8Length } from '../../core/text.js'
import { parseAddress } from '../../wire/address.js'
import type { NodeOptions } from './options.js'

type Check = (key: string, value: unknown) => string | undefined

/** Each key with what it may be; the answer of a check says what is allowed instead. */
const CHECKS: { readonly [K in keyof Required<NodeOptions>]: Check } = {
  identity: object,
  store: (_key, value) => (typeof value === 'string' && value !== '' ? undefined : object(_key, value)),
  suites: object,
  network: text(1, LIMITS.maxNameBytes),
  listen: listOf(address),
  advertise: listOf(address),
  bootstrap: listOf(address),
  transports: listOf(callable),
  isPublic: flag,
  agent: text(1, 64),
  maxPeers: whole(1, 100_000),
  connectionPoolSize: whole(1, 100_000),
  connectionTimeoutMs: whole(10, 600_000),
  handshakeTimeoutMs: whole(10, 600_000),
  maxIdleTimeoutMs: whole(0, 86_400_000),
  keepAliveIntervalMs: whole(0, 3_600_000),
  pingTimeoutMs: whole(10, 600_000),
  requestTimeoutMs: whole(1, 86_400_000),
  maxConcurrentStreams: whole(0, 65_536),
  streamWindowBytes: whole(16_384, 64 * 1024 * 1024),
  sessionWindowBytes: whole(16_384, 1024 * 1024 * 1024),
  maxMessageBytes: whole(LIMITS.floorMessageBytes, 64 * 1024 * 1024),
  maxQueuedMessages: whole(1, 2 ** 24),
  maxQueuedBytes: whole(1, 2 ** 32),
  maxConcurrentRequests: whole(0, 65_536),
  maxBatchMessages: whole(1, 65_536),
  batchDelayMs: whole(0, 10_000),
  compress: flag,
  compressionThresholdBytes: whole(1, 64 * 1024 * 1024),
  staticKey: callable,
  certificateLifetimeMs: whole(60_000, LIMITS.maxCertificateLifetimeMs - LIMITS.maxClockSkewMs),
  maxQueuedEvents: whole(1, 2 ** 20),
  allow: listOf(peerId),
  deny: listOf(peerId),
  gate: callable,
  admission: object,
  logger: object,
}

/**
 * Checks what a user configured: every key known, every value within its range.
 *
 * @throws HyphaeError INVALID_CONFIG naming key, value and range; `details` has them as `key`, `value`, `expected`
 */
export function checkOptions(options: NodeOptions): void {
  if (typeof options !== 'object' || options === null) throw badConfig('options', options, 'an object')
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof NodeOptions] : undefined
    if (check === undefined) throw unknownKey(key)
    if (value === undefined) continue
    const expected = check(key, value)
    if (expected !== undefined) throw badConfig(key, value, expected)
  }
  const { streamWindowBytes, sessionWindowBytes } = options
  if (streamWindowBytes !== undefined && sessionWindowBytes !== undefined && sessionWindowBytes < streamWindowBytes) {
    throw badConfig('sessionWindowBytes', sessionWindowBytes, `at least streamWindowBytes, ${streamWindowBytes}`)
  }
}

/** The error for a value that cannot be taken. */
export function badConfig(key: string, value: unknown, expected: string): HyphaeError {
  return new HyphaeError('INVALID_CONFIG', `${key} is ${show(value)}: ${expected} is needed`, {
    remedy: `set ${key} to ${expected}`,
    details: { key, value, expected },
  })
}

function unknownKey(key: string): HyphaeError {
  const nearest = closest(key, Object.keys(CHECKS))
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return new HyphaeError('INVALID_CONFIG', `there is no option ${show(key)}${hint}`, {
    remedy: nearest === undefined ? 'remove it' : `write ${nearest}, or remove it`,
    details: { key, expected: nearest },
  })
}

function whole(least: number, most: number): Check {
  return (_key, value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `an integer from ${least} to ${most}`
}

function text(least: number, most: number): Check {
  return (_key, value) => {
    const fits = typeof value === 'string' && utf8Length(value) >= least && utf8Length(value) <= most
    return fits ? undefined : `a text of ${least} to ${most} bytes`
  }
}

function flag(_key: string, value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'true or false'
}

function callable(_key: string, value: unknown): string | undefined {
  return typeof value === 'function' ? undefined : 'a function'
}

function object(_key: string, value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : 'an object'
}

function peerId(_key: string, value: unknown): string | undefined {
  return typeof value === 'string' && isPeerId(value) ? undefined : 'a peer id, 52 characters of a–z and 2–7'
}

function address(_key: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'an address such as ws://127.0.0.1:0'
  try {
    parseAddress(value)
    return undefined
  } catch (error) {
    return `an address such as ws://127.0.0.1:0 (${(error as HyphaeError).message})`
  }
}

/** An array whose every item passes; a bad item is reported under its own key, as `listen[1]`. */
function listOf(check: Check): Check {
  return (key, value) => {
    if (!Array.isArray(value)) return 'an array'
    value.forEach((item: unknown, i) => {
      const expected = check(`${key}[${i}]`, item)
      if (expected !== undefined) throw badConfig(`${key}[${i}]`, item, expected)
    })
    return undefined
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}

/** The known key with the fewest edits, if few enough to be a slip. */
export function closest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const edits = editsBetween(word.toLowerCase().slice(0, 64), candidate.toLowerCase())
    if (edits < fewest) {
      fewest = edits
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance, one row at a time. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1))
    }
    row = next
  }
  return row[b.length]
}
