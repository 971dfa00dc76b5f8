const row = (name, operation, layers, bytes, goal) => ({
  group: 'Onion cells',
  row: `${name} of ${bytes === 1024 ? '1 KiB' : '512 B'} cells, batch of 64`,
  unit: 'k/s',
  operation,
  parameters: { bytes, cells: 64, layers },
  items: 64,
  goal,
})

const ahead = { 'node:crypto': 1, 'libsodium-wrappers': 1 }

/** Three layers put on by a client, one taken off by a relay; cells of half the size beside, which carry half as much. */
export const onionRows = [
  row('three-layer wraps', 'onionWrap', 3, 1024, { limit: 120, ahead }),
  row('peels', 'onionPeel', 1, 1024, { limit: 400, ahead }),
  row('three-layer wraps', 'onionWrap', 3, 512),
  row('peels', 'onionPeel', 1, 512),
]
