import { concat, wipe } from '../core/bytes.js'
import type { AeadKey, Kernels } from '../ports/kernels.js'
import { hkdf2 } from './hkdf.js'

/**
 * Noise's SymmetricState (revision 34, §5.2), unchanged, over BLAKE3, HMAC-BLAKE3 and ChaCha20-Poly1305.
 * It encrypts in place, so that a handshake message is built in one buffer.
 */
export class SymmetricState {
  private h: Uint8Array
  private ck: Uint8Array
  private cipher: AeadKey | undefined
  private readonly nonce = new Uint8Array(12)

  constructor(
    private readonly kernels: Kernels,
    protocolName: Uint8Array,
  ) {
    this.h = protocolName.length <= 32 ? padded(protocolName) : kernels.blake3.hash(protocolName)
    this.ck = this.h.slice()
  }

  /** Binds public bytes to the transcript. */
  mixHash(data: Uint8Array): void {
    this.h = this.kernels.blake3.hash(concat(this.h, data))
  }

  /** Binds a secret to the keys. The caller wipes its copy. */
  mixKey(material: Uint8Array): void {
    const [ck, key] = hkdf2(this.kernels.blake3, this.ck, material)
    wipe(this.ck)
    this.cipher?.free()
    this.ck = ck
    this.cipher = this.kernels.aead.key(key)
    this.nonce.fill(0)
    wipe(key)
  }

  /** Seals `buffer[from, to)` in place, tag at `to`, and binds the ciphertext to the transcript. */
  encryptAndHash(buffer: Uint8Array, from: number, to: number): void {
    this.keyed().seal(this.nonce, this.h, 0, 32, buffer, from, to)
    this.step()
    this.mixHash(buffer.subarray(from, to + 16))
  }

  /** Opens `buffer[from, to)` in place; on success the plaintext is at `[from, to - 16)`. */
  decryptAndHash(buffer: Uint8Array, from: number, to: number): boolean {
    const h = this.kernels.blake3.hash(concat(this.h, buffer.subarray(from, to)))
    if (!this.keyed().open(this.nonce, this.h, 0, 32, buffer, from, to)) return false
    this.step()
    this.h = h
    return true
  }

  /** Chaining key ‖ transcript hash: the material all session secrets derive from. The caller wipes it. */
  finish(): Uint8Array {
    const material = concat(this.ck, this.h)
    this.wipe()
    return material
  }

  /** Ends an abandoned handshake. */
  wipe(): void {
    wipe(this.ck, this.h)
    this.cipher?.free()
    this.cipher = undefined
  }

  private keyed(): AeadKey {
    if (this.cipher === undefined) throw new Error('SymmetricState has no key yet')
    return this.cipher
  }

  private step(): void {
    // Noise: 32 zero bits, then the counter little-endian. A handshake seals a handful of times under one key.
    this.nonce[4] = this.nonce[4] + 1
  }
}

function padded(name: Uint8Array): Uint8Array {
  const out = new Uint8Array(32)
  out.set(name)
  return out
}
