/**
 * The two clocks a machine is told about. Deadlines use `monoMs` only; certificates and timestamps `wallMs`,
 * because the wall clock may jump.
 */
export interface Time {
  /** Milliseconds since an arbitrary start; never goes back. */
  readonly monoMs: number
  /** Milliseconds since 1970-01-01 UTC as the machine's owner believes it. */
  readonly wallMs: number
}

/** The earlier of two optional deadlines (monoMs). */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  if (b === undefined) return a
  return a < b ? a : b
}
