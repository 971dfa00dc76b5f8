/** Where a node tells what it does. Fields never hold secrets. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
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
