import { utf8 } from '../../core/text.js'
import { type Blake3 } from '../../ports/kernels.js'
import { checkBatch, checkRange, DIGEST_BYTES } from '../batch.js'
import { checkKey, holdKey, KEY_BYTES } from '../key.js'
import { checkOutputLength } from '../output.js'
import { type KernelInstance } from './instance.js'
import { BATCH_BYTES, BATCH_OUT, BLAKE_KEY, BUFFER, PIECE_BYTES } from './map.js'

const KEYED = 16
const CONTEXT = 32
const MATERIAL = 64
const BLOCK_BYTES = 64
/** Up to one chunk an input takes a single call into the kernel. */
const CHUNK_BYTES = 1024

/** Context keys kept: contexts are a handful of fixed texts, and no secrets. */
const MAX_CONTEXTS = 64

/** BLAKE3 by the WebAssembly kernel. */
export class WasmBlake3 implements Blake3 {
  private readonly contexts = new Map<string, Uint32Array>()

  /** @param kernel - the instance it works in, and others may */
  constructor(readonly kernel: KernelInstance) {}

  hash(input: Uint8Array, length = DIGEST_BYTES): Uint8Array {
    checkOutputLength(length)
    this.digest(input, 0, input.length, 0, length)
    return this.result(length)
  }

  hashInto(input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
    checkRange(input, from, to, target, at)
    this.digest(input, from, to, 0, DIGEST_BYTES)
    this.kernel.read(BUFFER, DIGEST_BYTES, target, at)
  }

  keyed(key: Uint8Array, input: Uint8Array, length = DIGEST_BYTES): Uint8Array {
    checkOutputLength(length)
    this.writeKey(key)
    this.digest(input, 0, input.length, KEYED, length)
    const out = this.result(length)
    this.wipe(input.length, length)
    return out
  }

  keyedInto(key: Uint8Array, input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
    checkRange(input, from, to, target, at)
    this.writeKey(key)
    this.digest(input, from, to, KEYED, DIGEST_BYTES)
    this.kernel.read(BUFFER, DIGEST_BYTES, target, at)
    this.wipe(to - from, DIGEST_BYTES)
  }

  deriveKey(context: string, material: Uint8Array, length = DIGEST_BYTES): Uint8Array {
    checkOutputLength(length)
    this.kernel.writeKey(this.contextKey(context), BLAKE_KEY)
    this.digest(material, 0, material.length, MATERIAL, length)
    const out = this.result(length)
    this.wipe(material.length, length)
    return out
  }

  hashMany(items: Uint8Array, itemBytes: number, target?: Uint8Array): Uint8Array {
    const out = checkBatch(items, itemBytes, target)
    if (itemBytes > CHUNK_BYTES) {
      const count = items.length / itemBytes
      for (let i = 0; i < count; i++) this.hashInto(items, i * itemBytes, (i + 1) * itemBytes, out, i * DIGEST_BYTES)
      return out
    }
    this.kernel.exports.blake3Plain()
    this.batches(items, itemBytes, 0, out)
    return out
  }

  keyedMany(key: Uint8Array, items: Uint8Array, itemBytes: number, target?: Uint8Array): Uint8Array {
    const out = checkBatch(items, itemBytes, target)
    checkKey(key)
    if (itemBytes > CHUNK_BYTES) {
      const count = items.length / itemBytes
      for (let i = 0; i < count; i++)
        this.keyedInto(key, items, i * itemBytes, (i + 1) * itemBytes, out, i * DIGEST_BYTES)
      return out
    }
    this.writeKey(key)
    const most = this.batches(items, itemBytes, KEYED, out)
    this.kernel.exports.blake3WipeMany(most * itemBytes, most)
    return out
  }

  /** Hashes items of at most a chunk, as many in a call as BUFFER takes; answers the most there were in one. */
  private batches(items: Uint8Array, itemBytes: number, flags: number, out: Uint8Array): number {
    const { kernel } = this
    const atOnce = Math.min(Math.floor(BATCH_BYTES / itemBytes), BATCH_BYTES / DIGEST_BYTES)
    const count = items.length / itemBytes
    for (let done = 0; done < count; done += atOnce) {
      const now = Math.min(atOnce, count - done)
      kernel.write(items, done * itemBytes, (done + now) * itemBytes, BUFFER)
      kernel.exports.blake3Many(now, itemBytes, flags)
      kernel.read(BATCH_OUT, now * DIGEST_BYTES, out, done * DIGEST_BYTES)
    }
    return Math.min(atOnce, count)
  }

  private writeKey(key: Uint8Array): void {
    checkKey(key)
    this.kernel.write(key, 0, KEY_BYTES, BLAKE_KEY)
  }

  /** Wipes key, input and intermediate values of a run from the kernel's memory. */
  private wipe(inputLength: number, outputLength: number): void {
    const touched = Math.max(inputLength, Math.ceil(outputLength / BLOCK_BYTES) * BLOCK_BYTES)
    this.kernel.exports.blake3Wipe(Math.min(touched, PIECE_BYTES))
  }

  private contextKey(context: string): Uint32Array {
    const known = this.contexts.get(context)
    if (known !== undefined) return known
    if (this.contexts.size >= MAX_CONTEXTS) this.contexts.clear()
    const text = utf8(context)
    this.kernel.exports.blake3Plain()
    this.digest(text, 0, text.length, CONTEXT, DIGEST_BYTES)
    const words = holdKey(this.result(DIGEST_BYTES))
    this.contexts.set(context, words)
    return words
  }

  /** Leaves the first up to 65,536 bytes of output in BUFFER. Flags of 0 set the key words of the unkeyed mode. */
  private digest(input: Uint8Array, from: number, to: number, flags: number, length: number): void {
    const { kernel } = this
    if (to - from > CHUNK_BYTES || length > DIGEST_BYTES) {
      this.tree(input, from, to, flags, length)
      return
    }
    kernel.write(input, from, to, BUFFER)
    if (flags === 0) kernel.exports.blake3Hash(to - from)
    else kernel.exports.blake3Chunk(to - from, flags)
  }

  private tree(input: Uint8Array, from: number, to: number, flags: number, length: number): void {
    const { kernel } = this
    if (flags === 0) kernel.exports.blake3Plain()
    let at = from
    let index = 0
    for (; at + PIECE_BYTES < to; index++, at += PIECE_BYTES) {
      kernel.write(input, at, at + PIECE_BYTES, BUFFER)
      kernel.exports.blake3Piece(index, flags)
    }
    kernel.write(input, at, to, BUFFER)
    const blocks = Math.ceil(Math.min(length, PIECE_BYTES) / BLOCK_BYTES)
    kernel.exports.blake3Last(to - at, index, flags, blocks)
  }

  /** The output that {@link digest} left, and what did not fit. */
  private result(length: number): Uint8Array {
    if (length <= PIECE_BYTES) return this.kernel.copy(BUFFER, length)
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const part = Math.min(PIECE_BYTES, length - at)
      if (at > 0) this.kernel.exports.blake3More(at / BLOCK_BYTES, Math.ceil(part / BLOCK_BYTES))
      this.kernel.read(BUFFER, part, out, at)
    }
    return out
  }
}
