import { IN, PRINTS } from '../layout'
import { sipHash4 } from './siphash-lanes'

// SipHash-2-4 with 128 bit of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the authors' reference
// implementation for the longer output): v1 ^= 0xee at the start, v2 ^= 0xee before the first half, v1 ^= 0xdd before the
// second.

/** Writes the fingerprints of ids number 0 to `count` − 1 of IN, `bytes` long and `stride` apart, to PRINTS. */
export function fingerprints(k0: u64, k1: u64, bytes: u32, stride: u32, count: u32): void {
  const whole = bytes & ~7
  const bits = ((<u64>bytes) & 7) << 3
  // What lies behind an id is masked away: a load past it stays inside the memory.
  const mask = ((<u64>1) << bits) - 1
  const length = (<u64>bytes) << 56
  let index: u32 = 0
  for (; index + 4 <= count; index += 4) {
    sipHash4(k0, k1, IN + <usize>index * stride, stride, whole, mask, length, PRINTS + ((<usize>index) << 4))
  }
  for (; index < count; index++) {
    const id = IN + <usize>index * stride
    sipHash(k0, k1, id, id + whole, (load<u64>(id + whole) & mask) | length, PRINTS + ((<usize>index) << 4))
  }
}

/** `last` is the word with the rest of the id and its length. Two rounds stand in one row: loops of two cost a tenth. */
function sipHash(k0: u64, k1: u64, from: usize, end: usize, last: u64, out: usize): void {
  let v0 = k0 ^ 0x736f6d6570736575
  let v1 = k1 ^ 0x646f72616e646f6d ^ 0xee
  let v2 = k0 ^ 0x6c7967656e657261
  let v3 = k1 ^ 0x7465646279746573
  for (let at = from; at <= end; at += 8) {
    const word = at == end ? last : load<u64>(at)
    v3 ^= word
    v0 += v1
    v2 += v3
    v1 = rotl(v1, 13) ^ v0
    v3 = rotl(v3, 16) ^ v2
    v0 = rotl(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl(v1, 17) ^ v2
    v3 = rotl(v3, 21) ^ v0
    v2 = rotl(v2, 32)
    v0 += v1
    v2 += v3
    v1 = rotl(v1, 13) ^ v0
    v3 = rotl(v3, 16) ^ v2
    v0 = rotl(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl(v1, 17) ^ v2
    v3 = rotl(v3, 21) ^ v0
    v2 = rotl(v2, 32)
    v0 ^= word
  }
  v2 ^= 0xee
  for (let step: usize = 0; step < 4; step++) {
    v0 += v1
    v2 += v3
    v1 = rotl(v1, 13) ^ v0
    v3 = rotl(v3, 16) ^ v2
    v0 = rotl(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl(v1, 17) ^ v2
    v3 = rotl(v3, 21) ^ v0
    v2 = rotl(v2, 32)
    v0 += v1
    v2 += v3
    v1 = rotl(v1, 13) ^ v0
    v3 = rotl(v3, 16) ^ v2
    v0 = rotl(v0, 32)
    v2 += v1
    v0 += v3
    v1 = rotl(v1, 17) ^ v2
    v3 = rotl(v3, 21) ^ v0
    v2 = rotl(v2, 32)
    if (step & 1) {
      store<u64>(out + ((step >> 1) << 3), v0 ^ v1 ^ v2 ^ v3)
      v1 ^= 0xdd
    }
  }
}
