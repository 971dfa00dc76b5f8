/** Words of a fingerprint. */
export const PRINT_WORDS = 4

/** Little-endian word of `bytes` at `at`; what lies at or behind `end` is 0. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  let word = 0
  for (let i = end - 1; i >= at; i--) word = (word << 8) | bytes[i]
  return word
}

/**
 * SipHash-2-4 with 128 bit of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the authors' reference
 * implementation for the longer output).
 */
export class SipHash {
  private readonly key: Int32Array

  /** @param key - 16 bytes */
  constructor(key: Uint8Array) {
    this.key = Int32Array.of(wordAt(key, 0, 16), wordAt(key, 4, 16), wordAt(key, 8, 16), wordAt(key, 12, 16))
  }

  /** Writes the hash of `bytes[from, to)` to four words of `out`; words and bytes in them are little-endian. */
  hash(bytes: Uint8Array, from: number, to: number, out: Int32Array): void {
    const { key } = this
    const k0l = key[0]
    const k0h = key[1]
    const k1l = key[2]
    const k1h = key[3]
    // Each of the four 64-bit words of state is a low and a high half.
    let v0l = k0l ^ 0x70736575
    let v0h = k0h ^ 0x736f6d65
    let v1l = k1l ^ 0x6e646f6d ^ 0xee
    let v1h = k1h ^ 0x646f7261
    let v2l = k0l ^ 0x6e657261
    let v2h = k0h ^ 0x6c796765
    let v3l = k1l ^ 0x79746573
    let v3h = k1h ^ 0x74656462
    // One block for each 8 bytes and one with the rest and the length; then two blocks that give half of the output each.
    const last = from + ((to - from) & ~7)
    for (let at = from; at <= last + 16; at += 8) {
      const gives = at > last
      let low = 0
      let high = 0
      if (gives) {
        if (at === last + 8) v2l ^= 0xee
        else v1l ^= 0xdd
      } else {
        low = wordAt(bytes, at, to)
        high = wordAt(bytes, at + 4, to)
        if (at === last) high |= (to - from) << 24
        v3l ^= low
        v3h ^= high
      }
      for (let round = gives ? 4 : 2; round > 0; round--) {
        // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
        let sum = (v0l + v1l) | 0
        v0h = (v0h + v1h + (sum >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
        v0l = v0h
        v0h = sum
        let keep = (v1l << 13) | (v1h >>> 19)
        v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0l
        v1l = keep ^ sum
        // v2 += v3; v3 = rotl(v3, 16) ^ v2
        sum = (v2l + v3l) | 0
        v2h = (v2h + v3h + (sum >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
        v2l = sum
        keep = (v3l << 16) | (v3h >>> 16)
        v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
        v3l = keep ^ v2l
        // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
        sum = (v2l + v1l) | 0
        v2h = (v2h + v1h + (sum >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
        v2l = v2h
        v2h = sum
        keep = (v1l << 17) | (v1h >>> 15)
        v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2l
        v1l = keep ^ sum
        // v0 += v3; v3 = rotl(v3, 21) ^ v0
        sum = (v0l + v3l) | 0
        v0h = (v0h + v3h + (sum >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
        v0l = sum
        keep = (v3l << 21) | (v3h >>> 11)
        v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
        v3l = keep ^ v0l
      }
      v0l ^= low
      v0h ^= high
      if (gives) {
        const half = at === last + 8 ? 0 : 2
        out[half] = v0l ^ v1l ^ v2l ^ v3l
        out[half + 1] = v0h ^ v1h ^ v2h ^ v3h
      }
    }
  }

  /** Wipes the key. */
  free(): void {
    this.key.fill(0)
  }
}
