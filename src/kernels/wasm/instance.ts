import { type TableExports } from './tables/exports.js'

/** What assembly/index.ts exports; numbers are unsigned 32 bit, addresses are those of map.ts. */
export interface KernelExports extends TableExports {
  readonly memory: WebAssembly.Memory
  aeadSeal(n0: number, n1: number, n2: number, adLength: number, length: number): void
  aeadOpen(n0: number, n1: number, n2: number, adLength: number, length: number): number
  aeadBegin(n0: number, n1: number, n2: number): void
  aeadAbsorb(length: number): void
  aeadXor(length: number, counter: number): void
  aeadTag(adLength: number, length: number): number
  aeadEnd(): void
  blake3Plain(): void
  blake3Short(length: number, flags: number): void
  blake3Piece(index: number, flags: number): void
  blake3Last(length: number, pieces: number, flags: number, blocks: number): void
  blake3More(first: number, blocks: number): void
  blake3Wipe(length: number): void
  onionPeel(count: number, cellBytes: number): void
  onionInvert(count: number, cellBytes: number, layers: number): void
  onionWipe(states: number): void
  keccakHash(length: number, rate: number, suffix: number, out: number): void
  mlkemKeyGen(): void
  mlkemExpand(): void
  mlkemCheck(): number
  mlkemEncaps(): void
  mlkemDecaps(): void
  mlkemWipe(): void
}

/** Up to here a loop over bytes is quicker than the view that `set` needs (18 against 48 ns on V8). */
const LOOP_BYTES = 32

/**
 * One instance of the kernels and its memory. The views are made anew when the memory has grown, which empties the old
 * ones; so nothing may keep a view over a call into the kernels, and none is handed out.
 */
export class KernelInstance {
  readonly exports: KernelExports
  private byteView: Uint8Array
  private wordView: Uint32Array
  /** The view of the last {@link read}: results of one size follow each other, and a new view costs 30 ns. */
  private resultView: Uint8Array

  constructor(exports: KernelExports) {
    this.exports = exports
    this.byteView = new Uint8Array(exports.memory.buffer)
    this.wordView = new Uint32Array(exports.memory.buffer)
    this.resultView = this.byteView.subarray(0, 0)
  }

  /** The memory as bytes, valid until the next call into the kernels. */
  get bytes(): Uint8Array {
    if (this.byteView.length === 0) this.byteView = new Uint8Array(this.exports.memory.buffer)
    return this.byteView
  }

  /** The memory as words, valid until the next call into the kernels. */
  get words(): Uint32Array {
    if (this.wordView.length === 0) this.wordView = new Uint32Array(this.exports.memory.buffer)
    return this.wordView
  }

  /** Copies a key of 8 words to `address`. */
  writeKey(words: Uint32Array, address: number): void {
    if (this.wordView.length === 0) this.wordView = new Uint32Array(this.exports.memory.buffer)
    const at = address >>> 2
    for (let i = 0; i < 8; i++) this.wordView[at + i] = words[i]
  }

  /** Copies `source[from, to)` to `address`. */
  write(source: Uint8Array, from: number, to: number, address: number): void {
    const bytes = this.bytes
    if (to - from <= LOOP_BYTES) {
      for (let i = from, at = address; i < to; i++, at++) bytes[at] = source[i]
    } else if (from === 0 && to === source.length) bytes.set(source, address)
    else bytes.set(source.subarray(from, to), address)
  }

  /** Copies `length` bytes from `address` to `target[at, at + length)`. */
  read(address: number, length: number, target: Uint8Array, at: number): void {
    if (length === 0) return
    // A view emptied by a growth has another length too.
    if (this.resultView.length !== length || this.resultView.byteOffset !== address) {
      this.resultView = this.bytes.subarray(address, address + length)
    }
    target.set(this.resultView, at)
  }

  /** A new array of the `length` bytes at `address`. */
  copy(address: number, length: number): Uint8Array {
    return this.bytes.slice(address, address + length)
  }
}

/** A new instance of the compiled kernels, with memory of its own. */
export function instantiate(module: WebAssembly.Module): KernelInstance {
  return new KernelInstance(new WebAssembly.Instance(module).exports as unknown as KernelExports)
}
