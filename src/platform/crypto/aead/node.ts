import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto'
import { checkAeadInput, freedKey, NONCE_BYTES, TAG_BYTES } from '../../../kernels/key.js'
import type { Aead, AeadKey, AeadMessage } from '../../../ports/kernels.js'

const CIPHER = 'chacha20-poly1305'

/** One object a process, because the crossover to it is measured once for each. */
let aead: Aead | undefined

/**
 * ChaCha20-Poly1305 of the runtime's OpenSSL; undefined where it has none (Bun). A call costs microseconds before its
 * first byte, so it serves long messages only: the kernels measure from which length on.
 */
export function nodeAead(): Aead | undefined {
  if (!getCiphers().includes(CIPHER)) return undefined
  return (aead ??= { key: key => new NodeAeadKey(Uint8Array.from(key)) })
}

class NodeAeadKey implements AeadKey {
  private freed = false

  constructor(private readonly key: Uint8Array) {}

  seal(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): void {
    checkAeadInput(NONCE_BYTES, nonce, ad, adFrom, adTo, source, from, to, target, at, TAG_BYTES)
    if (this.freed) throw freedKey()
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(ad.subarray(adFrom, adTo), { plaintextLength: to - from })
    target.set(cipher.update(source.subarray(from, to)), at)
    cipher.final()
    target.set(cipher.getAuthTag(), at + to - from)
  }

  open(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): boolean {
    checkAeadInput(NONCE_BYTES, nonce, ad, adFrom, adTo, source, from, to, target, at, -TAG_BYTES)
    if (this.freed) throw freedKey()
    if (to - from < TAG_BYTES) return false
    const cipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(ad.subarray(adFrom, adTo), { plaintextLength: to - from - TAG_BYTES })
    cipher.setAuthTag(source.subarray(to - TAG_BYTES, to))
    const text = cipher.update(source.subarray(from, to - TAG_BYTES))
    try {
      cipher.final()
    } catch {
      text.fill(0)
      return false
    }
    // Written only now: a wrong tag leaves the target as it was.
    target.set(text, at)
    text.fill(0)
    return true
  }

  free(): void {
    this.freed = true
    this.key.fill(0)
  }
}
