import { HyphaeError } from '../core/errors.js'
import { LIMITS } from '../core/limits.js'
import type { Clock } from '../ports/clock.js'
import type { DialOptions } from '../ports/transport.js'

/** One dial in the making: exactly one of its ends happens. */
export interface Attempt<T> {
  /** The thing is open. Answers false when it came too late and must be thrown away by the caller. */
  succeed(value: T): boolean
  /** It will not open. */
  fail(error: HyphaeError): void
}

/**
 * Runs a dial under its timeout and abort signal.
 *
 * @param start begins the work and returns what undoes it; undone on timeout, abort and failure, not after success
 */
export function attempt<T>(
  address: string,
  clock: Clock,
  defaultTimeoutMs: number | undefined,
  options: DialOptions,
  start: (attempt: Attempt<T>) => () => void,
): Promise<T> {
  const { signal } = options
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs ?? LIMITS.connectionTimeoutMs
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(address, signal.reason))
      return
    }
    let open = true
    let undo: (() => void) | undefined
    const settle = (): boolean => {
      if (!open) return false
      open = false
      cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
      return true
    }
    const fail = (error: HyphaeError): void => {
      if (!settle()) return
      undo?.()
      reject(error)
    }
    const onAbort = (): void => fail(aborted(address, signal?.reason))
    const cancelTimeout = clock.wakeAt(clock.now().monoMs + timeoutMs, () => fail(timedOut(address, timeoutMs)))
    signal?.addEventListener('abort', onAbort, { once: true })
    const succeed = (value: T): boolean => {
      const first = settle()
      if (first) resolve(value)
      return first
    }
    const undoWork = start({ succeed, fail })
    undo = undoWork
    if (!open) undoWork()
  })
}

function aborted(address: string, reason: unknown): HyphaeError {
  return new HyphaeError('ABORTED', `dialling ${address} was cancelled`, { cause: reason })
}

function timedOut(address: string, timeoutMs: number): HyphaeError {
  return new HyphaeError('TIMEOUT', `${address} did not answer within ${timeoutMs} ms`, {
    retryable: true,
    details: { address, timeoutMs },
  })
}
