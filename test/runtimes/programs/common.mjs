// Small tools of the exercise, for any runtime.

export const MIB = 2 ** 20
export const TIMEOUT_MS = 20_000

export const delay = ms => new Promise(resolve => setTimeout(resolve, ms))
export const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
export const unhex = digits => Uint8Array.from(digits.match(/../g), pair => parseInt(pair, 16))
export const sha256 = async bytes => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
export const text = value => JSON.stringify(value)

/** Bytes that any two programs compute alike (xorshift32), so that both sides know the content. */
export function pattern(length, seed) {
  const bytes = new Uint8Array(length)
  let x = (seed + 1) * 0x9e3779b1
  for (let i = 0; i < length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    bytes[i] = x
  }
  return bytes
}

export function expect(holds, message) {
  if (!holds) throw new Error(message)
}

export function expectEqual(actual, wanted, what) {
  expect(actual === wanted, `${what}: ${text(actual)} instead of ${text(wanted)}`)
}

/** An error in words, with its causes. */
export function describe(error) {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`
  return `${error.code ?? error.name}: ${error.message}\n${error.stack ?? ''}${cause}`
}

/** What a promise rejects with; undefined where it does not. */
export const rejectionOf = promise =>
  promise.then(
    () => undefined,
    error => error,
  )
