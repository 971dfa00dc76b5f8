import { utf8 } from '../../core/text.js'
import { type Blake3 } from '../../ports/kernels.js'
import { checkOutputLength } from '../output.js'
import { holdKey } from '../key.js'
import { type KernelInstance } from './instance.js'
import { BLAKE_KEY, BUFFER, PIECE_BYTES } from './map.js'

const KEYED = 16
const CONTEXT = 32
const MATERIAL = 64
const HASH_BYTES = 32
const BLOCK_BYTES = 64

/** Context keys kept: contexts are a handful of fixed texts, and no secrets. */
const MAX_CONTEXTS = 64

/** BLAKE3 by the WebAssembly kernel. */
export class WasmBlake3 implements Blake3 {
  private readonly contexts = new Map<string, Uint32Array>()

  constructor(private readonly kernel: KernelInstance) {}

  hash(input: Uint8Array, length = HASH_BYTES): Uint8Array {
    checkOutputLength(length)
    this.kernel.exports.blake3Plain()
    return this.run(input, 0, length)
  }

  keyed(key: Uint8Array, input: Uint8Array, length = HASH_BYTES): Uint8Array {
    checkOutputLength(length)
    const words = holdKey(key)
    const out = this.secret(words, input, KEYED, length)
    words.fill(0)
    return out
  }

  deriveKey(context: string, material: Uint8Array, length = HASH_BYTES): Uint8Array {
    checkOutputLength(length)
    return this.secret(this.contextKey(context), material, MATERIAL, length)
  }

  /** A run whose key, input and intermediate values are wiped from the kernel's memory. */
  private secret(words: Uint32Array, input: Uint8Array, flags: number, length: number): Uint8Array {
    this.kernel.writeKey(words, BLAKE_KEY)
    const out = this.run(input, flags, length)
    const touched = Math.max(input.length, Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES, BLOCK_BYTES)
    this.kernel.exports.blake3Wipe(Math.min(touched, PIECE_BYTES))
    return out
  }

  private contextKey(context: string): Uint32Array {
    const known = this.contexts.get(context)
    if (known !== undefined) return known
    if (this.contexts.size >= MAX_CONTEXTS) this.contexts.clear()
    this.kernel.exports.blake3Plain()
    const words = holdKey(this.run(utf8(context), CONTEXT, HASH_BYTES))
    this.contexts.set(context, words)
    return words
  }

  private run(input: Uint8Array, flags: number, length: number): Uint8Array {
    const { kernel } = this
    if (input.length <= BLOCK_BYTES && length <= HASH_BYTES) {
      kernel.write(input, 0, input.length, BUFFER)
      kernel.exports.blake3Short(input.length, flags)
      return kernel.copy(BUFFER, length)
    }
    const lastAt = this.pieces(input, flags)
    kernel.write(input, lastAt, input.length, BUFFER)
    const blocks = Math.ceil(Math.min(length, PIECE_BYTES) / BLOCK_BYTES)
    kernel.exports.blake3Last(input.length - lastAt, lastAt / PIECE_BYTES, flags, blocks)
    return length <= PIECE_BYTES ? kernel.copy(BUFFER, length) : this.output(new Uint8Array(length))
  }

  /** Takes in every piece but the last; answers where that begins. */
  private pieces(input: Uint8Array, flags: number): number {
    let at = 0
    for (let index = 0; at + PIECE_BYTES < input.length; index++, at += PIECE_BYTES) {
      this.kernel.write(input, at, at + PIECE_BYTES, BUFFER)
      this.kernel.exports.blake3Piece(index, flags)
    }
    return at
  }

  /** Reads the output that is there and asks for what did not fit. */
  private output(out: Uint8Array): Uint8Array {
    for (let at = 0; at < out.length; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, out.length - at)
      if (at > 0) this.kernel.exports.blake3More(at / BLOCK_BYTES, Math.ceil(length / BLOCK_BYTES))
      this.kernel.read(BUFFER, length, out, at)
    }
    return out
  }
}
