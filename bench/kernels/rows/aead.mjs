const KIB = 1024
const group = 'ChaCha20-Poly1305'

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
    group,
    row: `AEAD ${operation} ${size(Number(bytes))}`,
    unit: 'µs',
    operation,
    parameters: { bytes: Number(bytes) },
    goal,
  }))

/** With a nonce of 24 bytes, which costs a block more. */
const extended = bytes => ({
  group,
  row: `XChaCha20-Poly1305 seal ${size(bytes)}`,
  unit: 'µs',
  operation: 'sealExtended',
  parameters: { bytes },
  goal: { ahead: { 'libsodium-wrappers': 1, noble: 1 } },
})

/** What a node does with a record that is long enough: kernel or native, whichever it measured to be quicker. */
const chosen = bytes => ({
  group,
  row: `AEAD seal ${size(bytes)}, kernel or native as a node chooses`,
  unit: 'µs',
  operation: 'sealChosen',
  parameters: { bytes },
  runtimes: ['node'],
  goal: { ahead: { 'node:crypto': 0.9 } },
})

/** Sealing and opening of one record. */
export const aeadRows = [
  ...rowsOf('seal'),
  ...rowsOf('open'),
  extended(64),
  extended(KIB),
  chosen(KIB),
  chosen(64 * KIB),
]
