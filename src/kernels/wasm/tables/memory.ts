import { freedTable, noMemory } from '../../tables/checks.js'
import { type KernelInstance } from '../instance.js'

/** The tables instance, with its memory as words too. All tables of the process are in it. */
export class TableMemory {
  private wordView: Int32Array

  constructor(readonly kernel: KernelInstance) {
    this.wordView = new Int32Array(kernel.exports.memory.buffer)
  }

  /** The memory as words, valid until the next call into the kernels: one that grows memory empties the view. */
  get words(): Int32Array {
    if (this.wordView.length === 0) this.wordView = new Int32Array(this.kernel.exports.memory.buffer)
    return this.wordView
  }
}

/** No table has it, and no address holds it: what was freed is refused by the kernels. */
const NO_STAMP = -1

/** Where a table lies and what it must be stamped with: a freed table has lost its stamp, another one has another. */
export class TableHandle {
  /** Address of the table; 0 once it is freed. */
  table = 0
  /** The table's stamp. */
  stamp = NO_STAMP

  /** @throws HyphaeError LIMIT_EXCEEDED when a kernel found no memory */
  constructor(
    private readonly memory: TableMemory,
    address: number,
  ) {
    this.moved(address)
  }

  /**
   * Takes over the address of a table just made or moved.
   * @throws HyphaeError LIMIT_EXCEEDED when it is 0: there was no memory, and nothing changed
   */
  moved(address: number): void {
    if (address === 0) throw noMemory()
    this.table = address
    this.stamp = this.memory.words[address >>> 2]
  }

  /** Frees the table, if it is not yet. */
  free(): void {
    this.memory.kernel.exports.tableFree(this.table, this.stamp)
    this.table = 0
    this.stamp = NO_STAMP
  }
}

/**
 * Hands an answer of a kernel on.
 * @throws HyphaeError INTERNAL when the table was freed
 */
export function answer(value: number): number {
  if (value < -1) throw freedTable()
  return value
}
