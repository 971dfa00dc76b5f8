import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto'
import type { Aead, AeadKey } from '../../../ports/kernels.js'

const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16

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
  constructor(private readonly key: Uint8Array) {}

  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void {
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(ad.subarray(adFrom, adTo), { plaintextLength: to - from })
    buffer.set(cipher.update(buffer.subarray(from, to)), from)
    cipher.final()
    buffer.set(cipher.getAuthTag(), to)
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
    if (to - from < TAG_BYTES) return false
    const cipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(ad.subarray(adFrom, adTo), { plaintextLength: to - from - TAG_BYTES })
    cipher.setAuthTag(buffer.subarray(to - TAG_BYTES, to))
    const text = cipher.update(buffer.subarray(from, to - TAG_BYTES))
    try {
      cipher.final()
    } catch {
      text.fill(0)
      return false
    }
    // Written only now: a wrong tag leaves the buffer as it was.
    buffer.set(text, from)
    text.fill(0)
    return true
  }

  free(): void {
    this.key.fill(0)
  }
}
