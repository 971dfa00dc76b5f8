import { BUFFER } from '../common/memory'
import { wipe } from '../common/wipe'
import { HEAD_BYTES, LANES, LANES_BYTES, OWNERS, STATES, STATE_BYTES, SUBKEYS, VERDICTS } from './layout'
import { fromLanes, toLanes } from './lanes'
import { invert, permute } from './lioness'
import { ratchet } from './ratchet.generated'

// Onion cells of docs/protocol.md: LIONESS over whole cells in BUFFER, four abreast, with sub-keys from a ratchet for
// each cell and layer. The façade writes ratchets and cells, calls, and reads both back.

/** Zero for an empty lane: its cell is computed with, and thrown away. */
function clearKeys(cells: u32): void {
  for (; cells < 4; cells++) wipe(SUBKEYS + ((<usize>cells) << 7), 128)
}

/** Notes which of four cells begin with 16 zero bytes, without a branch on any of them. */
function judge(first: u32): void {
  const low = v128.or(v128.load(LANES), v128.load(LANES, 16))
  const high = v128.or(v128.load(LANES, 32), v128.load(LANES, 48))
  const zero = i32x4.eq(v128.or(low, high), i32x4.splat(0))
  const at = VERDICTS + first
  store<u8>(at, i32x4.extract_lane(zero, 0) & 1)
  store<u8>(at, i32x4.extract_lane(zero, 1) & 1, 1)
  store<u8>(at, i32x4.extract_lane(zero, 2) & 1, 2)
  store<u8>(at, i32x4.extract_lane(zero, 3) & 1, 3)
}

/** Leaves nothing behind of sub-keys, streams and the last cells. */
function wipeSecrets(states: u32): void {
  wipe(STATES, <usize>states * STATE_BYTES)
  wipe(SUBKEYS, LANES + LANES_BYTES + HEAD_BYTES - SUBKEYS)
}

/** A relay's layer on `count` cells of `cellBytes`; cell i belongs to ratchet number OWNERS[i]. */
export function onionPeel(count: u32, cellBytes: u32): void {
  for (let first: u32 = 0; first < count; first += 4) {
    const at = BUFFER + <usize>(first * cellBytes)
    const cells = min<u32>(4, count - first)
    for (let i: u32 = 0; i < cells; i++) {
      const state = STATES + <usize>load<u8>(OWNERS + first + i) * STATE_BYTES
      ratchet(state, SUBKEYS + ((<usize>i) << 7))
    }
    clearKeys(cells)
    toLanes(at, cellBytes, cellBytes, LANES)
    permute(cellBytes)
    judge(first)
    fromLanes(LANES, at, cellBytes, cellBytes)
  }
}

/** A client's layers on `count` cells of one circuit: those of ratchets 0, 1, … one after the other. */
export function onionInvert(count: u32, cellBytes: u32, layers: u32): void {
  for (let first: u32 = 0; first < count; first += 4) {
    const at = BUFFER + <usize>(first * cellBytes)
    const cells = min<u32>(4, count - first)
    toLanes(at, cellBytes, cellBytes, LANES)
    clearKeys(cells)
    for (let layer: u32 = 0; layer < layers; layer++) {
      const state = STATES + <usize>layer * STATE_BYTES
      for (let i: u32 = 0; i < cells; i++) ratchet(state, SUBKEYS + ((<usize>i) << 7))
      invert(cellBytes)
    }
    judge(first)
    fromLanes(LANES, at, cellBytes, cellBytes)
  }
}

/** Wipes everything of a call but the cells in BUFFER, which the caller has. */
export function onionWipe(states: u32): void {
  wipeSecrets(states)
}
