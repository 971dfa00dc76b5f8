import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { checkAeadInput, freedKey, type HeldAeadKey, holdKey, type HoldingAead, TAG_BYTES } from '../key.js'

/** ChaCha20-Poly1305 (RFC 8439) where WebAssembly is refused: @noble/ciphers. */
export const fallbackAead: HoldingAead = { key: key => new FallbackAeadKey(holdKey(key)) }

class FallbackAeadKey implements HeldAeadKey {
  private words: Uint32Array | undefined

  constructor(words: Uint32Array) {
    this.words = words
  }

  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void {
    checkAeadInput(nonce, ad, adFrom, adTo, buffer, from, to, to + TAG_BYTES)
    const cipher = this.cipher(nonce, ad.subarray(adFrom, adTo))
    buffer.set(cipher.encrypt(buffer.subarray(from, to)), from)
  }

  open(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    checkAeadInput(nonce, ad, adFrom, adTo, buffer, from, to, to)
    if (to - from < TAG_BYTES) return false
    const cipher = this.cipher(nonce, ad.subarray(adFrom, adTo))
    try {
      buffer.set(cipher.decrypt(buffer.subarray(from, to)), from)
      return true
    } catch {
      // The ranges are checked above: what is left to throw is the comparison of the tag.
      return false
    }
  }

  reveal(): Uint8Array {
    if (this.words === undefined) throw freedKey()
    return new Uint8Array(this.words.buffer)
  }

  free(): void {
    this.words?.fill(0)
    this.words = undefined
  }

  private cipher(nonce: Uint8Array, ad: Uint8Array): ReturnType<typeof chacha20poly1305> {
    return chacha20poly1305(this.reveal(), nonce, ad)
  }
}
