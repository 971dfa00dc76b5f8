import { toHex } from '../core/text.js'
import { type OnionCells } from '../ports/onion-cells.js'
import { CELL, SMALL_CELL } from '../wire/cells.js'

/** What {@link onionSelfTestDigest} must give; a test computes it with the TypeScript fallback. */
export const ONION_SELF_TEST_DIGEST = '0c8921b5e1a0ce6ae9caabeca95424edc8d5c52a60e9e2f36aedfdb005ecd3dd'

/** Cells of a batch by size: a full group of four and a single cell are on the way. */
const BATCHES = [
  [SMALL_CELL.bytes, 5],
  [CELL.bytes, 1],
] as const

/**
 * Sends cells of both sizes through a circuit of two hops.
 *
 * @returns what the last bytes became on their way, in hexadecimal, or what went wrong
 */
export function onionSelfTestDigest(onion: OnionCells): string {
  const bytes = new Uint8Array(5 * SMALL_CELL.bytes)
  const keys = [bytes.slice(0, 32).fill(7), bytes.slice(0, 32).fill(9)]
  const client = keys.map(key => onion.state(key))
  const relays = keys.map(key => onion.state(key))
  const verdicts = new Uint8Array(5)
  let seen = ''
  for (const [size, count] of BATCHES) {
    onion.wrap(bytes, count, client, size)
    seen += toHex(bytes.subarray(count * size - 16, count * size))
    for (const relay of relays) onion.peel(bytes, count, new Array(count).fill(relay), verdicts.fill(0), size)
    const arrived = verdicts.reduce((sum, verdict) => sum + verdict, 0) === count
    if (!arrived || !bytes.every(byte => byte === 0)) return 'a cell did not arrive'
  }
  for (const state of [...client, ...relays]) state.free()
  return seen
}

/** Whether an implementation is right. */
export function passesOnionSelfTest(onion: OnionCells): boolean {
  return onionSelfTestDigest(onion) === ONION_SELF_TEST_DIGEST
}
