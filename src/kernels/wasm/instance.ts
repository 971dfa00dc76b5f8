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
  blake3Hash(length: number): void
  blake3Chunk(length: number, flags: number): void
  blake3Many(count: number, length: number, flags: number): void
  blake3WipeMany(bytes: number, count: number): void
  chachaExtend(n0: number, n1: number, n2: number, n3: number): void
  chachaXor(n0: number, n1: number, n2: number, length: number, counter: number): void
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

/** Up to here a loop over words is quicker than the view that `set` needs (27 against 47 ns for 64 bytes on V8). */
const LOOP_BYTES = 96
/** Up to here a loop over bytes is quicker than a new view. */
const SHORT_BYTES = 32

/**
 * One instance of the kernels and its memory. The views are made anew when the memory has grown, which empties the old
 * ones; so nothing may keep a view over a call into the kernels, and none is handed out.
 */
export class KernelInstance {
  readonly exports: KernelExports
  private byteView: Uint8Array
  private wordView: Uint32Array
  /** The view of the last {@link read}: results of one size follow each other, and a new view costs 35 ns. */
  private resultView: Uint8Array
  /** The same for {@link copy}, whose sizes are others. */
  private copyView: Uint8Array

  constructor(exports: KernelExports) {
    this.exports = exports
    this.byteView = new Uint8Array(exports.memory.buffer)
    this.wordView = new Uint32Array(exports.memory.buffer)
    this.resultView = this.byteView.subarray(0, 0)
    this.copyView = this.resultView
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
    const memory = this.words
    const at = address >>> 2
    for (let i = 0; i < 8; i++) memory[at + i] = words[i]
  }

  /** Copies `source[from, to)` to `address`; short ones quickest where that is a multiple of 4. */
  write(source: Uint8Array, from: number, to: number, address: number): void {
    if (from === 0 && to === source.length && to > SHORT_BYTES) this.bytes.set(source, address)
    else if (to - from <= LOOP_BYTES && (address & 3) === 0) this.writeWords(source, from, to, address)
    else this.bytes.set(source.subarray(from, to), address)
  }

  private writeWords(source: Uint8Array, from: number, to: number, address: number): void {
    const words = this.words
    let at = address >>> 2
    let i = from
    for (; i + 4 <= to; i += 4, at++) {
      words[at] = source[i] | (source[i + 1] << 8) | (source[i + 2] << 16) | (source[i + 3] << 24)
    }
    const bytes = this.bytes
    for (let to8 = at << 2; i < to; i++, to8++) bytes[to8] = source[i]
  }

  /** Copies `length` bytes from `address` to `target[at, at + length)`. */
  read(address: number, length: number, target: Uint8Array, at: number): void {
    // A view emptied by a growth has another length, too, unless nothing is to be read.
    if (this.resultView.length !== length || this.resultView.byteOffset !== address) {
      const { bytes } = this
      if (length <= SHORT_BYTES) {
        for (let i = 0; i < length; i++) target[at + i] = bytes[address + i]
        return
      }
      this.resultView = bytes.subarray(address, address + length)
    }
    target.set(this.resultView, at)
  }

  /** A new array of the `length` bytes at `address`; `length` is not 0. */
  copy(address: number, length: number): Uint8Array {
    if (this.copyView.length !== length || this.copyView.byteOffset !== address) {
      this.copyView = this.bytes.subarray(address, address + length)
    }
    return new Uint8Array(this.copyView)
  }
}

/** A new instance of the compiled kernels, with memory of its own. */
export function instantiate(module: WebAssembly.Module): KernelInstance {
  return new KernelInstance(new WebAssembly.Instance(module).exports as unknown as KernelExports)
}
