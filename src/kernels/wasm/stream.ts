import { type Stream, type StreamKey } from '../../ports/kernels.js'
import { checkStreamInput, freedKey, holdKey, NONCE_BYTES } from '../key.js'
import { extendKey, word } from './aead.js'
import { type KernelInstance } from './instance.js'
import { BUFFER, PIECE_BYTES, STATE_KEY } from './map.js'

/** ChaCha20 (RFC 8439 §2.4) and XChaCha20 (draft-irtf-cfrg-xchacha) by the WebAssembly kernel. */
export class WasmStream implements Stream {
  constructor(private readonly kernel: KernelInstance) {}

  key(key: Uint8Array): StreamKey {
    return new WasmStreamKey(this.kernel, holdKey(key))
  }
}

class WasmStreamKey implements StreamKey {
  private words: Uint32Array | undefined

  constructor(
    private readonly kernel: KernelInstance,
    words: Uint32Array,
  ) {
    this.words = words
  }

  xor(
    nonce: Uint8Array,
    counter: number,
    source: Uint8Array,
    from: number,
    to: number,
    target = source,
    at = from,
  ): void {
    checkStreamInput(nonce, counter, source, from, to, target, at)
    const { kernel, words } = this
    if (words === undefined) throw freedKey()
    const extended = nonce.length > NONCE_BYTES
    const tail = nonce.length - 8
    const n0 = extended ? 0 : word(nonce, 0)
    const n1 = word(nonce, tail)
    const n2 = word(nonce, tail + 4)
    for (let done = 0; from + done < to; done += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, to - from - done)
      // Every call wipes the key, so every piece brings it along.
      kernel.writeKey(words, STATE_KEY)
      if (extended) extendKey(kernel, nonce)
      kernel.write(source, from + done, from + done + length, BUFFER)
      kernel.exports.chachaXor(n0, n1, n2, length, counter + done / 64)
      kernel.read(BUFFER, length, target, at + done)
    }
  }

  free(): void {
    this.words?.fill(0)
    this.words = undefined
  }
}
