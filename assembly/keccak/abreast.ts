import { SHAKE } from './sponge'
import { STREAM_A, STREAM_B, TWO } from './layout'
import { permute2 } from './permute2.generated'

/**
 * Starts two SHAKEs abreast with the same 32 bytes at `seed` and `tail` bytes of their own: `a` and `b` hold them, little
 * endian. Input and padding fit into one block.
 */
export function start2(seed: usize, a: u64, b: u64, tail: u32, rate: u32): void {
  for (let i: usize = 0; i < 4; i++) v128.store(TWO + 16 * i, v128.load_splat<u64>(seed + 8 * i))
  const zero = i64x2.splat(0)
  for (let i: usize = 5; i < 25; i++) v128.store(TWO + 16 * i, zero)
  const padding = (<u64>SHAKE) << (8 * tail)
  store<u64>(TWO, a | padding, 64)
  store<u64>(TWO, b | padding, 72)
  // Both rates are odd multiples of a lane, so the last bit of the padding is the highest of a lane's.
  v128.store(TWO + 2 * rate - 16, i64x2.splat(0x8000000000000000))
}

/** The next `bytes` (a multiple of 8, at most a block) of both, at STREAM_A and STREAM_B; one lane more may be written. */
export function squeeze2(bytes: u32): void {
  permute2(TWO)
  for (let i: usize = 0; i < bytes; i += 16) {
    const first = v128.load(TWO + 2 * i)
    const second = v128.load(TWO + 2 * i, 16)
    v128.store(STREAM_A + i, v128.shuffle<u64>(first, second, 0, 2))
    v128.store(STREAM_B + i, v128.shuffle<u64>(first, second, 1, 3))
  }
}
