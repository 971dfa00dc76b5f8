const group = 'Routing table'
const ahead = { 'plain JS': 1 }

const closest = (ids, name, limit) => ({
  group,
  row: `closest 20 of ${name}`,
  unit: 'µs',
  operation: 'closest',
  parameters: { ids, count: 20 },
  goal: { limit, ahead },
})

/** Lookups for targets that lie anywhere, and an id that comes and goes. */
export const routingRows = [
  closest(1000, '1 k', 0.4),
  closest(10_000, '10 k', 0.5),
  closest(100_000, '100 k', 0.6),
  {
    group,
    row: 'insert + remove at 10 k',
    unit: 'µs',
    operation: 'churn',
    parameters: { ids: 10_000 },
    goal: { limit: 0.5, ahead },
  },
]
