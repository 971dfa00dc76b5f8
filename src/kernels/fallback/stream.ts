import { chacha20, xchacha20 } from '@noble/ciphers/chacha.js'
import { type Stream, type StreamKey } from '../../ports/kernels.js'
import { checkStreamInput, freedKey, holdKey, NONCE_BYTES } from '../key.js'

/** ChaCha20 and XChaCha20 where WebAssembly is refused: @noble/ciphers. */
export const fallbackStream: Stream = { key: key => new FallbackStreamKey(holdKey(key)) }

class FallbackStreamKey implements StreamKey {
  private words: Uint32Array | undefined

  constructor(words: Uint32Array) {
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
    if (this.words === undefined) throw freedKey()
    const cipher = nonce.length === NONCE_BYTES ? chacha20 : xchacha20
    const key = new Uint8Array(this.words.buffer)
    target.set(cipher(key, nonce, source.subarray(from, to), undefined, counter), at)
  }

  free(): void {
    this.words?.fill(0)
    this.words = undefined
  }
}
