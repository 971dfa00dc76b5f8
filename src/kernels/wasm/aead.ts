import { checkAeadInput, freedKey, type HeldAeadKey, holdKey, type HoldingAead, TAG_BYTES } from '../key.js'
import { type KernelInstance } from './instance.js'
import { BUFFER, CALL_BYTES, COMPUTED, PIECE_BYTES, STATE_KEY, TAG } from './map.js'

/**
 * ChaCha20-Poly1305 (RFC 8439) by the WebAssembly kernel. A key enters the kernel's memory for the length of a call only:
 * no table of keys can run full, and none is left behind by an owner that forgot to free.
 */
export class WasmAead implements HoldingAead {
  constructor(private readonly kernel: KernelInstance) {}

  key(key: Uint8Array): HeldAeadKey {
    return new WasmAeadKey(this.kernel, holdKey(key))
  }
}

/** Little-endian word of a nonce. */
const word = (bytes: Uint8Array, at: number): number =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)

const padded = (length: number): number => (length + 15) & ~15

class WasmAeadKey implements HeldAeadKey {
  private words: Uint32Array | undefined

  constructor(
    private readonly kernel: KernelInstance,
    words: Uint32Array,
  ) {
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
    const { kernel } = this
    const adLength = adTo - adFrom
    const length = to - from
    if (adLength + length > CALL_BYTES - 2 * TAG_BYTES) {
      this.sealPieces(nonce, ad, adFrom, adTo, buffer, from, to)
      return
    }
    const data = BUFFER + padded(adLength)
    this.writeKey()
    kernel.write(ad, adFrom, adTo, BUFFER)
    kernel.write(buffer, from, to, data)
    kernel.exports.aeadSeal(word(nonce, 0), word(nonce, 4), word(nonce, 8), adLength, length)
    kernel.read(data, length + TAG_BYTES, buffer, from)
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
    const { kernel } = this
    const adLength = adTo - adFrom
    const length = to - from - TAG_BYTES
    if (length < 0) return false
    if (adLength + length > CALL_BYTES - 2 * TAG_BYTES)
      return this.openPieces(nonce, ad, adFrom, adTo, buffer, from, to)
    const data = BUFFER + padded(adLength)
    this.writeKey()
    kernel.write(ad, adFrom, adTo, BUFFER)
    kernel.write(buffer, from, to, data)
    const right = kernel.exports.aeadOpen(word(nonce, 0), word(nonce, 4), word(nonce, 8), adLength, length)
    if (right === 0) return false
    kernel.read(data, length, buffer, from)
    return true
  }

  reveal(): Uint8Array {
    if (this.words === undefined) throw freedKey()
    return new Uint8Array(this.words.buffer)
  }

  free(): void {
    this.words?.fill(0)
    this.words = undefined
  }

  private writeKey(): void {
    if (this.words === undefined) throw freedKey()
    this.kernel.writeKey(this.words, STATE_KEY)
  }

  /** Starts a message too long for one call and takes in its associated data. */
  private begin(nonce: Uint8Array, ad: Uint8Array, adFrom: number, adTo: number): void {
    this.writeKey()
    this.kernel.exports.aeadBegin(word(nonce, 0), word(nonce, 4), word(nonce, 8))
    this.absorb(ad, adFrom, adTo)
  }

  private absorb(source: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += PIECE_BYTES) {
      const end = Math.min(at + PIECE_BYTES, to)
      this.kernel.write(source, at, end, BUFFER)
      this.kernel.exports.aeadAbsorb(end - at)
    }
  }

  /** Xors [from, to) in place piece by piece; a seal takes in the ciphertext while it is there. */
  private cipher(buffer: Uint8Array, from: number, to: number, absorb: boolean): void {
    const { kernel } = this
    for (let at = from; at < to; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, to - at)
      kernel.write(buffer, at, at + length, BUFFER)
      kernel.exports.aeadXor(length, 1 + (at - from) / 64)
      kernel.read(BUFFER, length, buffer, at)
      if (absorb) kernel.exports.aeadAbsorb(length)
    }
  }

  private sealPieces(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void {
    this.begin(nonce, ad, adFrom, adTo)
    this.cipher(buffer, from, to, true)
    this.kernel.exports.aeadTag(adTo - adFrom, to - from)
    this.kernel.read(COMPUTED, TAG_BYTES, buffer, to)
    this.kernel.exports.aeadEnd()
  }

  private openPieces(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    const end = to - TAG_BYTES
    this.begin(nonce, ad, adFrom, adTo)
    this.absorb(buffer, from, end)
    this.kernel.write(buffer, end, to, TAG)
    const right = this.kernel.exports.aeadTag(adTo - adFrom, end - from) !== 0
    if (right) this.cipher(buffer, from, end, false)
    this.kernel.exports.aeadEnd()
    return right
  }
}
