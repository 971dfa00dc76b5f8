/** Where a node tells what it does. Fields never hold secrets. */
export interface Logger {
  /** What helps to follow one message or peer. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  /** What an operator wants to see once. */
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  /** What may become a problem. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  /** What failed and needs somebody. */
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Counters and gauges by name; names are `hyphae_sessions_opened_total` and the like. */
export interface Metrics {
  /** Adds to a counter, 1 by default. */
  count(name: string, by?: number): void
  /** Sets a gauge. */
  gauge(name: string, value: number): void
  /** Records a duration or size. */
  observe(name: string, value: number): void
}
