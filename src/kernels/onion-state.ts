import { HyphaeError } from '../core/errors.js'
import { type OnionState } from '../ports/onion-cells.js'
import { checkKey } from './key.js'

/** Words of a ratchet: chain key 8, number of the next cell 2 (low word first), 2 of padding for vectors. */
export const STATE_WORDS = 12
/** Words that mean something. */
export const STATE_USED_WORDS = 10

/**
 * A ratchet outside the garbage collector's heap and outside the kernel's memory: it enters that for a call only, so no
 * table can run full and none keeps what its owner forgot. The fields are private to the runtime too: an object that was
 * not made here is told apart, whatever it looks like.
 */
export class RatchetState implements OnionState {
  readonly #owner: object
  #words: Uint32Array | undefined
  /** The last call that used this ratchet, and as which of its ratchets. */
  #call = 0
  #slot = 0

  /**
   * @param owner - the implementation that may use it
   * @throws HyphaeError INVALID_ARGUMENT unless the key has 32 bytes
   */
  constructor(chainKey: Uint8Array, owner: object) {
    checkKey(chainKey)
    const held = new ArrayBuffer(4 * STATE_WORDS)
    new Uint8Array(held).set(chainKey)
    this.#owner = owner
    this.#words = new Uint32Array(held)
  }

  free(): void {
    this.#words?.fill(0)
    this.#words = undefined
  }

  /**
   * The words of a ratchet that its owner may use now.
   *
   * @throws HyphaeError INVALID_ARGUMENT where it was not made by this owner, INTERNAL after it was freed
   */
  static words(state: OnionState | undefined, owner: object): Uint32Array {
    if (!(state instanceof RatchetState) || !(#words in state) || state.#owner !== owner) throw foreignState()
    if (state.#words === undefined) throw new HyphaeError('INTERNAL', 'an onion state was used after it was freed')
    return state.#words
  }

  /**
   * The number of a ratchet within a call, given in the order of first use: a batch holds many cells of one circuit.
   *
   * @param call - number of the call, never 0
   * @param next - the number to give where the ratchet has none in this call yet
   */
  static slot(state: RatchetState, call: number, next: number): number {
    if (state.#call === call) return state.#slot
    state.#call = call
    return (state.#slot = next)
  }
}

function foreignState(): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', 'an onion state was not made by these kernels', {
    remedy: 'use states with the OnionCells that made them',
  })
}
