/**
 * Layout of onion cells: head L = zero 16 | command 1 | flags 1 | length 2 | stream 4, body R = data ‖ zeros.
 * `docs/protocol.md` §10 prints the same; everything about cells derives its sizes from one geometry.
 */

/** Sizes a cell may have, in bytes. A mesh uses one of them. */
export type CellBytes = 512 | 1024

/** Offsets and sizes of one kind of cell, in bytes. */
export interface CellGeometry {
  /** The whole cell. */
  readonly bytes: CellBytes
  /** L, the half of the wide block that is hashed into. */
  readonly headBytes: 24
  /** R, the half that is enciphered; the most data of a cell. */
  readonly bodyBytes: number
  /** Zeros that authenticate a cell at its end, from its first byte on. */
  readonly zeroBytes: 16
  readonly command: 16
  readonly flags: 17
  readonly length: 18
  readonly stream: 20
  /** Where R begins. */
  readonly body: 24
}

/** The geometry of cells of a size. */
export function cellGeometry(bytes: CellBytes): CellGeometry {
  const offsets = { command: 16, flags: 17, length: 18, stream: 20, body: 24 } as const
  return { bytes, headBytes: 24, bodyBytes: bytes - 24, zeroBytes: 16, ...offsets }
}

/** The cells of a mesh unless it is configured otherwise. */
export const CELL: CellGeometry = /* @__PURE__ */ cellGeometry(1024)
/** Half as long: less padding for short messages, a larger share of heads for bulk. */
export const SMALL_CELL: CellGeometry = /* @__PURE__ */ cellGeometry(512)

/** Cells of one kernel call at most. */
export const MAX_BATCH_CELLS = 64
/** Layers a client puts around a cell at most: three hops, and the hops of a rendezvous behind them. */
export const MAX_CELL_LAYERS = 8
