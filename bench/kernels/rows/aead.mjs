const KIB = 1024

/** Long records are held to 1.1 GB/s; in a node they go to the native cipher above a measured size. */
const goals = {
  64: { limit: 0.3, ahead: { 'node:crypto': 8 } },
  [KIB]: { limit: 1.25, ahead: { 'node:crypto': 2 } },
  [16 * KIB]: { limit: 14.9 },
  [64 * KIB]: { limit: 59.6 },
}

const size = bytes => (bytes < KIB ? `${bytes} B` : `${bytes / KIB} KiB`)

const rowsOf = operation =>
  Object.entries(goals).map(([bytes, goal]) => ({
    group: 'ChaCha20-Poly1305',
    row: `AEAD ${operation} ${size(Number(bytes))}`,
    unit: 'µs',
    operation,
    parameters: { bytes: Number(bytes) },
    goal,
  }))

/** Sealing and opening of one record. */
export const aeadRows = [...rowsOf('seal'), ...rowsOf('open')]
