import { isHyphaeError, type ErrorCode, type HyphaeError } from '../../core/errors.js'

/**
 * One test of a compliance suite, for any test runner.
 *
 * @example
 * ```ts
 * describe('my transport', () => { for (const { name, run } of transportCompliance(subject)) it(name, run) })
 * ```
 */
export interface ComplianceCase {
  /** What holds when it passes. */
  readonly name: string
  /** Rejects with an Error that says what was expected when it does not hold. */
  run(): Promise<void>
}

/** Fails the case when the condition does not hold. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Fails the case when two values are not the same. */
export function checkEqual<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`)
}

/** Fails the case unless the promise rejects with a HyphaeError of the code, with a remedy; returns the error. */
export async function checkRejects(promise: Promise<unknown>, code: ErrorCode): Promise<HyphaeError> {
  let caught: unknown
  try {
    await promise
  } catch (error) {
    caught = error
  }
  check(caught !== undefined, `expected ${code}, but it succeeded`)
  check(isHyphaeError(caught), `expected a HyphaeError ${code}, got something else`)
  checkEqual(caught.code, code, `code of "${caught.message}"`)
  check(caught.remedy.length > 0, `the error ${code} has no remedy`)
  return caught
}

/** Byte `i` of the test pattern: no short period, so that a shifted, doubled or missing piece is seen. */
export function patternByte(i: number): number {
  return (Math.imul(i, 0x9e3779b1) >>> 21) & 0xff
}

/** Bytes `from` to `from + length` of the pattern. */
export function pattern(from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = patternByte(from + i)
  return bytes
}
