/**
 * The ratchet of one hop in one direction: a chain key and the number of the next cell. Made by {@link OnionCells.state} and
 * usable with the same object only. Each cell moves it on and destroys the chain key before, so that whoever takes it
 * learns nothing of earlier cells.
 */
export interface OnionState {
  /** Wipes the ratchet. Further use throws INTERNAL; freeing twice does nothing. */
  free(): void
}

/**
 * Layers of onion cells: a wide block cipher over the whole cell (LIONESS) with fresh keys for every cell, see
 * `docs/protocol.md` §10. Works in place on up to 64 cells that lie one behind the other from the start of an array. A relay
 * always applies the permutation ({@link OnionCells.peel}), forwards and backwards; a client always applies its inverse.
 *
 * Every call throws INVALID_ARGUMENT, before it changes anything, for more than 64 cells, an array too short for them, a
 * state of another implementation or a forged one, and INTERNAL for one that was freed.
 */
export interface OnionCells {
  /**
   * A ratchet at its first cell; the caller frees it with its circuit.
   *
   * @param chainKey - 32 bytes, used for one hop and direction only; may be wiped afterwards
   * @throws HyphaeError INVALID_ARGUMENT for another length
   */
  state(chainKey: Uint8Array): OnionState
  /**
   * A client sends: puts all layers of one circuit around its next `count` cells, so that the first relay takes off the
   * first.
   *
   * @param layers - the forward ratchets of the hops, nearest first; 1 to 8, none twice
   * @param cellBytes - size of a cell; default 1024
   */
  wrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes?: 512 | 1024): void
  /**
   * A client receives: takes all layers off the next `count` cells of one circuit and looks for the 16 zero bytes that
   * only the last hop can have put there.
   *
   * At the first cell without them somebody dropped, doubled, reordered or changed a cell, and nothing that follows can be
   * trusted: that cell and all behind it are overwritten with zeros, the ratchets are wiped as by
   * {@link OnionState.free}, and the caller destroys the circuit. The cells before it are good.
   *
   * @param layers - the backward ratchets of the hops, nearest first; 1 to 8, none twice
   * @param cellBytes - size of a cell; default 1024
   * @returns how many cells from the first on are good; less than `count` means: destroy the circuit
   */
  unwrap(cells: Uint8Array, count: number, layers: readonly OnionState[], cellBytes?: 512 | 1024): number
  /**
   * A relay passes cells on, in either direction: one layer on each. Forwards this takes off the client's, backwards it adds
   * the relay's own.
   *
   * @param states - the ratchet of each cell, in the order in which the cells came; one state may stand there many times
   * @param verdicts - receives for each cell 1 where it now begins with 16 zero bytes, otherwise 0. A cell is at its end
   *   exactly where its circuit ends; there 0 means: destroy the circuit. Elsewhere it says nothing.
   * @param cellBytes - size of a cell; default 1024
   */
  peel(
    cells: Uint8Array,
    count: number,
    states: readonly OnionState[],
    verdicts?: Uint8Array,
    cellBytes?: 512 | 1024,
  ): void
}
