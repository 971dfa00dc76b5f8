/**
 * Calls `abort` once when the signal fires; the caller has checked that it has not yet.
 * @returns stops listening, so that a long-lived signal does not collect listeners
 */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): (() => void) | undefined {
  if (signal === undefined) return undefined
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
