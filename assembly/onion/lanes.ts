/**
 * Reads `bytes` (a multiple of 16) from each of four places `stride` apart and writes them word by word: vector i at `to`
 * holds word i of each.
 */
export function toLanes(at: usize, stride: usize, bytes: usize, to: usize): void {
  const end = at + bytes
  for (; at < end; at += 16, to += 64) {
    const w0 = v128.load(at)
    const w1 = v128.load(at + stride)
    const w2 = v128.load(at + 2 * stride)
    const w3 = v128.load(at + 3 * stride)
    const t0 = v128.shuffle<u32>(w0, w1, 0, 4, 1, 5)
    const t1 = v128.shuffle<u32>(w2, w3, 0, 4, 1, 5)
    const t2 = v128.shuffle<u32>(w0, w1, 2, 6, 3, 7)
    const t3 = v128.shuffle<u32>(w2, w3, 2, 6, 3, 7)
    v128.store(to, v128.shuffle<u64>(t0, t1, 0, 2))
    v128.store(to, v128.shuffle<u64>(t0, t1, 1, 3), 16)
    v128.store(to, v128.shuffle<u64>(t2, t3, 0, 2), 32)
    v128.store(to, v128.shuffle<u64>(t2, t3, 1, 3), 48)
  }
}

/** The way back: from the vectors at `from` to four places. */
export function fromLanes(from: usize, at: usize, stride: usize, bytes: usize): void {
  const end = at + bytes
  for (; at < end; at += 16, from += 64) {
    const w0 = v128.load(from)
    const w1 = v128.load(from, 16)
    const w2 = v128.load(from, 32)
    const w3 = v128.load(from, 48)
    const t0 = v128.shuffle<u32>(w0, w1, 0, 4, 1, 5)
    const t1 = v128.shuffle<u32>(w2, w3, 0, 4, 1, 5)
    const t2 = v128.shuffle<u32>(w0, w1, 2, 6, 3, 7)
    const t3 = v128.shuffle<u32>(w2, w3, 2, 6, 3, 7)
    v128.store(at, v128.shuffle<u64>(t0, t1, 0, 2))
    v128.store(at + stride, v128.shuffle<u64>(t0, t1, 1, 3))
    v128.store(at + 2 * stride, v128.shuffle<u64>(t2, t3, 0, 2))
    v128.store(at + 3 * stride, v128.shuffle<u64>(t2, t3, 1, 3))
  }
}
