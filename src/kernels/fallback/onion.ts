import { xchacha20 } from '@noble/ciphers/chacha.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { type OnionCells, type OnionState } from '../../ports/onion-cells.js'
import { CELL } from '../../wire/cells.js'
import { checkBatch, checkLayers, checkStates, settle } from '../onion-input.js'
import { RatchetState } from '../onion-state.js'

const KEY_BYTES = 32
const COUNTER_BYTES = 8
const STEP_BYTES = 160

/** Onion cells where WebAssembly is refused: our own LIONESS and ratchet on @noble/ciphers and @noble/hashes. */
export class FallbackOnionCells implements OnionCells {
  state(chainKey: Uint8Array): OnionState {
    return new RatchetState(chainKey, this)
  }

  wrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes: number = CELL.bytes): void {
    this.invert(cells, count, layers, [...layers].reverse(), cellBytes)
  }

  unwrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes: number = CELL.bytes): number {
    this.invert(cells, count, layers, layers, cellBytes)
    let good = 0
    while (good < count && zeroHead(cells, good * cellBytes) === 1) good++
    return settle(cells, good, count, layers, cellBytes)
  }

  peel(
    cells: Uint8Array,
    count: number,
    states: readonly OnionState[],
    verdicts?: Uint8Array,
    cellBytes: number = CELL.bytes,
  ): void {
    checkBatch(cells, count, cellBytes)
    checkStates(count, states, verdicts)
    const words = states.slice(0, count).map(state => RatchetState.words(state, this))
    for (let i = 0; i < count; i++) {
      permute(cells.subarray(i * cellBytes, (i + 1) * cellBytes), nextKeys(words[i]))
      if (verdicts !== undefined) verdicts[i] = zeroHead(cells, i * cellBytes)
    }
  }

  private invert(
    cells: Uint8Array,
    count: number,
    layers: readonly OnionState[],
    ordered: readonly OnionState[],
    cellBytes: number,
  ): void {
    checkBatch(cells, count, cellBytes)
    checkLayers(layers)
    const words = ordered.map(layer => RatchetState.words(layer, this))
    for (let i = 0; i < count; i++) {
      const cell = cells.subarray(i * cellBytes, (i + 1) * cellBytes)
      for (const state of words) invert(cell, nextKeys(state))
    }
  }
}

/** The fallback that all callers share: it holds nothing between calls. */
export const fallbackOnion: OnionCells = /* @__PURE__ */ new FallbackOnionCells()

/** Moves a ratchet on by one cell; answers that cell's k1 to k4, 32 bytes each. */
function nextKeys(words: Uint32Array): Uint8Array {
  const chainKey = new Uint8Array(words.buffer, 0, KEY_BYTES)
  const counter = new Uint8Array(words.buffer, KEY_BYTES, COUNTER_BYTES)
  const output = blake3(counter, { key: chainKey, dkLen: STEP_BYTES })
  chainKey.set(output.subarray(0, KEY_BYTES))
  output.fill(0, 0, KEY_BYTES)
  words[8] = words[8] + 1
  if (words[8] === 0) words[9] = words[9] + 1
  return output.subarray(KEY_BYTES)
}

const subKey = (keys: Uint8Array, number: number): Uint8Array =>
  keys.subarray((number - 1) * KEY_BYTES, number * KEY_BYTES)

/** R ^= XChaCha20(key, nonce L) */
function streamRound(cell: Uint8Array, key: Uint8Array): void {
  const body = cell.subarray(CELL.headBytes)
  xchacha20(key, cell.subarray(0, CELL.headBytes), body, body)
}

/** L ^= BLAKE3_keyed(key, R)[:24] */
function hashRound(cell: Uint8Array, key: Uint8Array): void {
  const hash = blake3(cell.subarray(CELL.headBytes), { key, dkLen: CELL.headBytes })
  for (let i = 0; i < CELL.headBytes; i++) cell[i] = cell[i] ^ hash[i]
}

function permute(cell: Uint8Array, keys: Uint8Array): void {
  streamRound(cell, subKey(keys, 1))
  hashRound(cell, subKey(keys, 2))
  streamRound(cell, subKey(keys, 3))
  hashRound(cell, subKey(keys, 4))
  keys.fill(0)
}

function invert(cell: Uint8Array, keys: Uint8Array): void {
  hashRound(cell, subKey(keys, 4))
  streamRound(cell, subKey(keys, 3))
  hashRound(cell, subKey(keys, 2))
  streamRound(cell, subKey(keys, 1))
  keys.fill(0)
}

/** 1 where the 16 bytes at `at` are zero, otherwise 0; no branch on any of them. */
function zeroHead(cells: Uint8Array, at: number): number {
  let all = 0
  for (let i = 0; i < CELL.zeroBytes; i++) all |= cells[at + i]
  return (all - 1) >>> 31
}
