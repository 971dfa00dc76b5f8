import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { type AeadMessage } from '../../ports/kernels.js'
import {
  checkAeadInput,
  EXTENDED_NONCE_BYTES,
  freedKey,
  type HeldAeadKey,
  holdKey,
  type HoldingAead,
  NONCE_BYTES,
  TAG_BYTES,
} from '../key.js'

type Cipher = typeof chacha20poly1305

/** ChaCha20-Poly1305 (RFC 8439) where WebAssembly is refused: @noble/ciphers. */
export const fallbackAead: HoldingAead = {
  key: key => new FallbackAeadKey(holdKey(key), chacha20poly1305, NONCE_BYTES),
}

/** XChaCha20-Poly1305 where WebAssembly is refused: @noble/ciphers. */
export const fallbackXAead: HoldingAead = {
  key: key => new FallbackAeadKey(holdKey(key), xchacha20poly1305, EXTENDED_NONCE_BYTES),
}

class FallbackAeadKey implements HeldAeadKey {
  private words: Uint32Array | undefined

  constructor(
    words: Uint32Array,
    private readonly algorithm: Cipher,
    private readonly nonceBytes: number,
  ) {
    this.words = words
  }

  seal(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): void {
    checkAeadInput(this.nonceBytes, nonce, ad, adFrom, adTo, source, from, to, target, at, TAG_BYTES)
    const cipher = this.cipher(nonce, ad.subarray(adFrom, adTo))
    target.set(cipher.encrypt(source.subarray(from, to)), at)
  }

  open(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): boolean {
    checkAeadInput(this.nonceBytes, nonce, ad, adFrom, adTo, source, from, to, target, at, -TAG_BYTES)
    if (to - from < TAG_BYTES) return false
    const cipher = this.cipher(nonce, ad.subarray(adFrom, adTo))
    try {
      target.set(cipher.decrypt(source.subarray(from, to)), at)
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

  private cipher(nonce: Uint8Array, ad: Uint8Array): ReturnType<Cipher> {
    return this.algorithm(this.reveal(), nonce, ad)
  }
}
