import { squeeze2, start2 } from '../keccak/abreast'
import { STREAM_A, STREAM_B } from '../keccak/layout'
import { RATE_SHAKE128 } from '../keccak/sponge'
import { Q } from './field'
import { ENTRY, MATRIX, PACKING } from './layout'
import { unpack12 } from './pack'

// The matrix Â comes from the public ρ, so branches and addresses may depend on it.

/** Expands ρ at `rho` to the nine entries Â[i, j] = SampleNTT(ρ ‖ j ‖ i) (FIPS 203 algorithm 13, lines 3–7). */
export function expandMatrix(rho: usize): void {
  makePacking()
  for (let entry: u32 = 0; entry < 8; entry += 2) sample2(rho, entry, entry + 1)
  sample2(rho, 8, 8)
}

/** j ‖ i of the entry 3i + j. */
function indexes(entry: u32): u64 {
  return (entry % 3) | ((entry / 3) << 8)
}

/** SampleNTT (algorithm 7) of two entries abreast. */
function sample2(rho: usize, first: u32, second: u32): void {
  start2(rho, indexes(first), indexes(second), 2, RATE_SHAKE128)
  const a = MATRIX + ENTRY * first
  const b = MATRIX + ENTRY * second
  let countA: u32 = 0
  let countB: u32 = 0
  while (countA < 256 || countB < 256) {
    squeeze2(RATE_SHAKE128)
    countA = accept(STREAM_A, a, countA)
    countB = accept(STREAM_B, b, countB)
  }
}

/** Takes the candidates below q of a block; `count` are there already. Answers how many there are, 256 or more if enough. */
function accept(from: usize, to: usize, count: u32): u32 {
  const end = from + RATE_SHAKE128
  for (; from < end && count < 256; from += 12) {
    const candidates = unpack12(v128.load(from))
    const accepted = i16x8.bitmask(i16x8.lt_s(candidates, i16x8.splat(Q)))
    v128.store(to + 2 * count, i8x16.swizzle(candidates, v128.load(PACKING + 16 * accepted)))
    count += popcnt(accepted)
  }
  return count
}

/** Fills PACKING unless it is there: its last row, of all lanes, ends in 15. */
function makePacking(): void {
  if (load<u8>(PACKING, 4095) === 15) return
  for (let set: u32 = 0; set < 256; set++) {
    let to = PACKING + 16 * set
    for (let lane: u32 = 0; lane < 8; lane++) {
      if (!((set >> lane) & 1)) continue
      store<u16>(to, 0x0100 + 0x0202 * lane)
      to += 2
    }
  }
}
