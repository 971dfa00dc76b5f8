import { expect, it } from 'vitest'
import { countAllocations } from '../../bench/allocations/run.mjs'

/** Bytes of heap an operation may allocate: about a quarter above what was counted. A view of a typed array takes about 104. */
const BOUNDS = {
  'AEAD seal and open, 100 B, in place': 480,
  'BLAKE3 of 64 B into a given array': 16,
  'the 20 closest of 1,000 ids': 16,
  'seen-set, a batch of 256 ids': 16,
  '100 B by stream.send, to stream.receive': 64,
  '100 B by node.send at qos 0, to its handler': 720,
}

it('[C57] a message by stream takes no object, one by name its result and its body, a kernel call views at most', async () => {
  const counted = await countAllocations()
  for (const [row, bound] of Object.entries(BOUNDS)) expect(counted[row], row).toBeLessThanOrEqual(bound)
}, 60_000)
