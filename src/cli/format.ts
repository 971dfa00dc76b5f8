const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes for people: `1.5 MiB`. */
export function bytes(count: number): string {
  let unit = 0
  let value = count
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] as string}`
}

/** Milliseconds for people, with the digits that mean something: `0.31 ms`, `12.4 ms`, `3.1 s`. */
export function duration(ms: number): string {
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`
}

/** A whole number with separators: `12,345`. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** The first characters of a peer id, enough to tell the nodes of a table apart. */
export function short(id: string): string {
  return id.slice(0, 8)
}

/**
 * Rows under a head, columns aligned: numbers to the right, the rest to the left.
 *
 * @param rows - each as long as the head
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => (row[i] ?? '').length)))
  const isNumeric = head.map((_, i) => rows.length > 0 && rows.every(row => /^[\d.,–-]/.test(row[i] ?? '')))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (isNumeric[i] === true ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)]
}
