const row = (name, operation) => ({
  group: 'ML-KEM-768',
  row: `ML-KEM-768 ${name}`,
  unit: 'µs',
  operation,
  parameters: {},
  goal: { limit: 30, ahead: { noble: 1, 'liboqs wasm': 1 } },
})

/** What a handshake does once at each end. Where a runtime has a native one, nodes use that. */
export const mlKemRows = [row('keygen', 'keygen'), row('encaps', 'encapsulate'), row('decaps', 'decapsulate')]
