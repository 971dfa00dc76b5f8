import { HyphaeError } from '../core/errors.js'
import { LIMITS } from '../core/limits.js'
import type { Clock } from '../ports/clock.js'
import type { AbortSignalLike, DialOptions } from '../ports/transport.js'

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
  if (options.signal?.aborted) return Promise.reject(aborted(address, options.signal.reason))
  return new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs ?? LIMITS.connectionTimeoutMs
    const pending = new Pending<T>(resolve, reject)
    pending.until(clock, timeoutMs, () => timedOut(address, timeoutMs))
    if (options.signal) pending.unless(options.signal, reason => aborted(address, reason))
    pending.undoneBy(start(pending))
  })
}

class Pending<T> implements Attempt<T> {
  readonly #resolve: (value: T) => void
  readonly #reject: (error: HyphaeError) => void
  readonly #release: (() => void)[] = []
  #state: 'pending' | 'open' | 'failed' = 'pending'
  #undo: (() => void) | undefined

  constructor(resolve: (value: T) => void, reject: (error: HyphaeError) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  succeed(value: T): boolean {
    if (!this.#settle('open')) return false
    this.#resolve(value)
    return true
  }

  fail(error: HyphaeError): void {
    if (!this.#settle('failed')) return
    this.#undo?.()
    this.#reject(error)
  }

  until(clock: Clock, timeoutMs: number, error: () => HyphaeError): void {
    this.#release.push(clock.wakeAt(clock.now().monoMs + timeoutMs, () => this.fail(error())))
  }

  unless(signal: AbortSignalLike, error: (reason: unknown) => HyphaeError): void {
    const onAbort = (): void => this.fail(error(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    this.#release.push(() => signal.removeEventListener('abort', onAbort))
  }

  undoneBy(undo: () => void): void {
    this.#undo = undo
    // It failed before there was anything to undo it with.
    if (this.#state === 'failed') undo()
  }

  #settle(state: 'open' | 'failed'): boolean {
    if (this.#state !== 'pending') return false
    this.#state = state
    for (const release of this.#release) release()
    return true
  }
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
