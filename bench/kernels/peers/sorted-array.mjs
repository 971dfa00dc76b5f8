import { closestInputs, ID_BYTES, nearestOf, sameIds } from '../ids.mjs'
import { inTurn, mustHold } from '../inputs.mjs'

/**
 * The walk one would write first: ids sorted once, a range that shares a prefix halved at its next bit by a binary search, the
 * half with the target's bit first. It looks at 64 bits, which is enough for uniform ids and exact for no others, and
 * an insert would have to move half of it: a yardstick for look-ups alone.
 */
export const sortedArray = {
  name: 'sorted array',
  runtimes: ['node', 'browser'],
  async load() {
    return { closest }
  },
}

function closest({ ids: size, count }) {
  const { ids, targets } = closestInputs(size)
  const table = new SortedArray(ids)
  const out = new Int32Array(count)
  table.closest(targets[0], out)
  mustHold(
    sameIds(
      Array.from(out, slot => ids[slot]),
      nearestOf(ids, targets[0], count),
    ),
    'the sorted array finds the closest',
  )
  return inTurn(targets, target => table.closest(target, out))
}

const wordOf = (id, at) => ((id[at] << 24) | (id[at + 1] << 16) | (id[at + 2] << 8) | id[at + 3]) >>> 0

class SortedArray {
  constructor(ids) {
    const all = ids.map((id, slot) => ({ slot, high: wordOf(id, 0), low: wordOf(id, 4) }))
    all.sort((a, b) => a.high - b.high || a.low - b.low)
    this.high = Uint32Array.from(all, id => id.high)
    this.low = Uint32Array.from(all, id => id.low)
    this.slots = Int32Array.from(all, id => id.slot)
    this.stack = new Int32Array(8 * ID_BYTES)
  }

  closest(target, out) {
    const { high, low, slots, stack } = this
    const [targetHigh, targetLow] = [wordOf(target, 0), wordOf(target, 4)]
    let from = 0
    let to = slots.length
    let depth = 0
    let found = 0
    for (;;) {
      while (to - from > 1) {
        // The first bit in which the first and the last of the range differ: all between share what is before it.
        const inHigh = high[from] !== high[to - 1]
        const words = inHigh ? high : low
        const mask = (1 << 31) >>> Math.clz32(words[from] ^ words[to - 1])
        let middle = from + 1
        for (let end = to - 1; middle < end;) {
          const half = (middle + end) >>> 1
          if (words[half] & mask) end = half
          else middle = half + 1
        }
        const isOne = ((inHigh ? targetHigh : targetLow) & mask) !== 0
        stack[depth++] = isOne ? from : middle
        stack[depth++] = isOne ? middle : to
        if (isOne) from = middle
        else to = middle
      }
      out[found++] = slots[from]
      if (found === out.length || depth === 0) return found
      to = stack[--depth]
      from = stack[--depth]
    }
  }
}
