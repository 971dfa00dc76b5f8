/**
 * The nearest ids by a walk over a sorted array: what one would write first. Ids are sorted once; a range that shares a prefix is
 * halved at its next bit by a binary search, the half with the target's bit first. Compares the first 53 bits as numbers,
 * so it is no exact answer for ids that share more: a yardstick, nothing to use.
 */
export class SortedWalk {
  constructor(ids) {
    const view = new DataView(ids.buffer, ids.byteOffset, ids.length)
    const all = Array.from({ length: ids.length / 32 }, (_, slot) => ({
      slot,
      high: view.getUint32(32 * slot),
      low: view.getUint32(32 * slot + 4),
    }))
    all.sort((a, b) => a.high - b.high || a.low - b.low)
    this.high = Uint32Array.from(all, id => id.high)
    this.low = Uint32Array.from(all, id => id.low)
    this.slots = Int32Array.from(all, id => id.slot)
    this.stack = new Int32Array(3 * 64)
  }

  closest(target, at, count, out) {
    const { high, low, slots, stack } = this
    const th = ((target[at] << 24) | (target[at + 1] << 16) | (target[at + 2] << 8) | target[at + 3]) >>> 0
    const tl = ((target[at + 4] << 24) | (target[at + 5] << 16) | (target[at + 6] << 8) | target[at + 7]) >>> 0
    let from = 0
    let to = slots.length
    let depth = 0
    let found = 0
    for (;;) {
      while (to - from > 1) {
        // The first bit in which the first and the last of the range differ: all between share what is before it.
        const bit =
          high[from] !== high[to - 1] ? Math.clz32(high[from] ^ high[to - 1]) : 32 + Math.clz32(low[from] ^ low[to - 1])
        if (bit === 64) break
        const words = bit < 32 ? high : low
        const mask = 1 << (31 - (bit & 31))
        let middle = from + 1
        let end = to - 1
        while (middle < end) {
          const half = (middle + end) >>> 1
          if (words[half] & mask) end = half
          else middle = half + 1
        }
        const isOne = ((bit < 32 ? th : tl) & mask) !== 0
        stack[depth++] = isOne ? from : middle
        stack[depth++] = isOne ? middle : to
        if (isOne) from = middle
        else to = middle
      }
      for (let i = from; i < to; i++) {
        out[found++] = slots[i]
        if (found === count) return found
      }
      if (depth === 0) return found
      to = stack[--depth]
      from = stack[--depth]
    }
  }
}
