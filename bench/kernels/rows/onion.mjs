const row = (name, operation, layers, goal) => ({
  group: 'Onion cells',
  row: `${name} of 1 KiB cells, batch of 64`,
  unit: 'k/s',
  operation,
  parameters: { bytes: 1024, cells: 64, layers },
  items: 64,
  goal,
})

/** Three layers put on by a client, one taken off by a relay, three taken off by a client. */
export const onionRows = [
  row('three-layer wraps', 'onionWrap', 3, { limit: 120, ahead: { 'node:crypto': 1, 'libsodium-wrappers': 1 } }),
  row('peels', 'onionPeel', 1, { limit: 400, ahead: { 'node:crypto': 1, 'libsodium-wrappers': 1 } }),
]
