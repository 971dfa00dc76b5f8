const row = (name, operation, limit) => ({
  group: 'Seen-set',
  row: `seen-set ${name} at 1 M ids, batch of 256, each`,
  unit: 'ns',
  operation,
  parameters: { ids: 1_000_000, count: 256 },
  items: 256,
  goal: { limit, ahead: { 'plain JS': 1 } },
})

/** Ids of 32 bytes that are new, and ids that were there. */
export const seenSetRows = [row('insert', 'seenInsert', 105), row('hit', 'seenHit', 45)]
