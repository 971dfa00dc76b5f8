import { type OnionCells, type OnionState } from '../../ports/onion-cells.js'
import { CELL, MAX_BATCH_CELLS } from '../../wire/cells.js'
import { checkBatch, checkLayers, checkStates, settle } from '../onion-input.js'
import { RatchetState, STATE_USED_WORDS, STATE_WORDS } from '../onion-state.js'
import { type KernelInstance } from './instance.js'
import { BUFFER, ONION_OWNERS, ONION_STATES, ONION_VERDICTS } from './map.js'

/** Onion cells by the WebAssembly kernel: four abreast, ratchets and wide block in one call for a batch. */
export class WasmOnionCells implements OnionCells {
  /** The ratchets of the call at hand, each once, in the order in which they lie in the kernel's memory. */
  private readonly used: (Uint32Array | undefined)[] = new Array<undefined>(MAX_BATCH_CELLS).fill(undefined)
  /** Which of them each cell uses. */
  private readonly owners = new Uint8Array(MAX_BATCH_CELLS)
  private calls = 0

  constructor(private readonly kernel: KernelInstance) {}

  state(chainKey: Uint8Array): OnionState {
    return new RatchetState(chainKey, this)
  }

  wrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes: number = CELL.bytes): void {
    checkBatch(cells, count, cellBytes)
    checkLayers(layers)
    for (let i = 0; i < layers.length; i++) this.used[layers.length - 1 - i] = RatchetState.words(layers[i], this)
    this.invert(cells, count, layers.length, cellBytes)
    this.kernel.read(BUFFER, count * cellBytes, cells, 0)
  }

  unwrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes: number = CELL.bytes): number {
    checkBatch(cells, count, cellBytes)
    checkLayers(layers)
    for (let i = 0; i < layers.length; i++) this.used[i] = RatchetState.words(layers[i], this)
    this.invert(cells, count, layers.length, cellBytes)
    const good = this.firstBad(count)
    this.kernel.read(BUFFER, good * cellBytes, cells, 0)
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
    const { kernel } = this
    const distinct = this.gather(count, states)
    this.writeStates(distinct)
    kernel.write(this.owners, 0, count, ONION_OWNERS)
    kernel.write(cells, 0, count * cellBytes, BUFFER)
    kernel.exports.onionPeel(count, cellBytes)
    this.readStates(distinct)
    if (verdicts !== undefined) this.readVerdicts(count, verdicts)
    kernel.read(BUFFER, count * cellBytes, cells, 0)
  }

  /** Finds the distinct ratchets of a batch; answers how many. All are looked at before anything of them is copied. */
  private gather(count: number, states: readonly OnionState[]): number {
    const call = ++this.calls
    let distinct = 0
    for (let i = 0; i < count; i++) {
      const words = RatchetState.words(states[i], this)
      const slot = RatchetState.slot(states[i] as RatchetState, call, distinct)
      if (slot === distinct) this.used[distinct++] = words
      this.owners[i] = slot
    }
    return distinct
  }

  /** Applies the ratchets in `used` one after the other to a batch of one circuit. */
  private invert(cells: Uint8Array, count: number, layers: number, cellBytes: number): void {
    this.writeStates(layers)
    this.kernel.write(cells, 0, count * cellBytes, BUFFER)
    this.kernel.exports.onionInvert(count, cellBytes, layers)
    this.readStates(layers)
  }

  private writeStates(count: number): void {
    const { words } = this.kernel
    for (let slot = 0, at = ONION_STATES >>> 2; slot < count; slot++, at += STATE_WORDS) {
      const state = this.used[slot] as Uint32Array
      for (let i = 0; i < STATE_USED_WORDS; i++) words[at + i] = state[i]
    }
  }

  /** Takes the ratchets back, each a step further a cell, and wipes what is left of the call. */
  private readStates(count: number): void {
    const { words } = this.kernel
    for (let slot = 0, at = ONION_STATES >>> 2; slot < count; slot++, at += STATE_WORDS) {
      const state = this.used[slot] as Uint32Array
      for (let i = 0; i < STATE_USED_WORDS; i++) state[i] = words[at + i]
      this.used[slot] = undefined
    }
    this.kernel.exports.onionWipe(count)
  }

  private readVerdicts(count: number, verdicts: Uint8Array): void {
    const { bytes } = this.kernel
    for (let i = 0; i < count; i++) verdicts[i] = bytes[ONION_VERDICTS + i]
  }

  /** The number of the first cell that does not begin with zeros, `count` where all do. */
  private firstBad(count: number): number {
    const { bytes } = this.kernel
    let good = 0
    while (good < count && bytes[ONION_VERDICTS + good] === 1) good++
    return good
  }
}
