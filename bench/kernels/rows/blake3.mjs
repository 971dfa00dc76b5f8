const KIB = 1024
const group = 'BLAKE3'
const ahead = { 'hash-wasm': 1 }

const hash = (row, bytes, limit) => ({
  group,
  row,
  unit: 'µs',
  operation: 'hash',
  parameters: { bytes },
  goal: { limit, ahead },
})

/** One input by one call, and many short ones by one call. */
export const blake3Rows = [
  hash('BLAKE3 64 B', 64, 0.1),
  hash('BLAKE3 1 KiB', KIB, 1),
  hash('BLAKE3 64 KiB', 64 * KIB, 42),
  {
    group,
    row: 'BLAKE3 64 B, batch of 256, each',
    unit: 'ns',
    operation: 'hashMany',
    parameters: { bytes: 64, count: 256 },
    items: 256,
    goal: { limit: 45, ahead },
  },
]
