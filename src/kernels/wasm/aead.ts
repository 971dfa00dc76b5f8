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
import { type KernelInstance } from './instance.js'
import { BUFFER, CALL_BYTES, COMPUTED, PIECE_BYTES, STATE_KEY, TAG } from './map.js'

/**
 * ChaCha20-Poly1305 (RFC 8439) by the WebAssembly kernel; XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) when `extended`.
 * A key enters the kernel's memory for the length of a call only: no table of keys can run full, and none is left behind
 * by an owner that forgot to free.
 */
export class WasmAead implements HoldingAead {
  constructor(
    private readonly kernel: KernelInstance,
    private readonly extended = false,
  ) {}

  key(key: Uint8Array): HeldAeadKey {
    return new WasmAeadKey(this.kernel, holdKey(key), this.extended)
  }
}

/** Little-endian word of a nonce. */
export const word = (bytes: Uint8Array, at: number): number =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)

/** Replaces the key in the kernel's memory by that of an extended nonce, whose bytes 16 to 23 go on as a usual one's 4 to 11. */
export function extendKey(kernel: KernelInstance, nonce: Uint8Array): void {
  kernel.exports.chachaExtend(word(nonce, 0), word(nonce, 4), word(nonce, 8), word(nonce, 12))
}

const padded = (length: number): number => (length + 15) & ~15

class WasmAeadKey implements HeldAeadKey {
  private words: Uint32Array | undefined
  private readonly nonceBytes: number

  constructor(
    private readonly kernel: KernelInstance,
    words: Uint32Array,
    private readonly extended: boolean,
  ) {
    this.words = words
    this.nonceBytes = extended ? EXTENDED_NONCE_BYTES : NONCE_BYTES
  }

  // The parameters of AeadMessage one by one here: a rest parameter would be an array a message.
  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    source: Uint8Array,
    from: number,
    to: number,
    target = source,
    at = from,
  ): void {
    checkAeadInput(this.nonceBytes, nonce, ad, adFrom, adTo, source, from, to, target, at, TAG_BYTES)
    const { kernel } = this
    const adLength = adTo - adFrom
    const length = to - from
    if (adLength + length > CALL_BYTES - 2 * TAG_BYTES) {
      this.sealPieces(nonce, ad, adFrom, adTo, source, from, to, target, at)
      return
    }
    const data = BUFFER + padded(adLength)
    this.writeKey(nonce)
    kernel.write(ad, adFrom, adTo, BUFFER)
    kernel.write(source, from, to, data)
    const tail = this.nonceBytes - 8
    kernel.exports.aeadSeal(this.firstWord(nonce), word(nonce, tail), word(nonce, tail + 4), adLength, length)
    kernel.read(data, length + TAG_BYTES, target, at)
  }

  open(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    source: Uint8Array,
    from: number,
    to: number,
    target = source,
    at = from,
  ): boolean {
    checkAeadInput(this.nonceBytes, nonce, ad, adFrom, adTo, source, from, to, target, at, -TAG_BYTES)
    const { kernel } = this
    const adLength = adTo - adFrom
    const length = to - from - TAG_BYTES
    if (length < 0) return false
    if (adLength + length > CALL_BYTES - 2 * TAG_BYTES)
      return this.openPieces(nonce, ad, adFrom, adTo, source, from, to, target, at)
    const data = BUFFER + padded(adLength)
    this.writeKey(nonce)
    kernel.write(ad, adFrom, adTo, BUFFER)
    kernel.write(source, from, to, data)
    const tail = this.nonceBytes - 8
    const n0 = this.firstWord(nonce)
    if (kernel.exports.aeadOpen(n0, word(nonce, tail), word(nonce, tail + 4), adLength, length) === 0) return false
    kernel.read(data, length, target, at)
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

  private writeKey(nonce: Uint8Array): void {
    if (this.words === undefined) throw freedKey()
    this.kernel.writeKey(this.words, STATE_KEY)
    if (this.extended) extendKey(this.kernel, nonce)
  }

  /** The first word of the nonce for the kernel: with an extended one only the last 8 bytes are left. */
  private firstWord(nonce: Uint8Array): number {
    return this.extended ? 0 : word(nonce, 0)
  }

  /** Starts a message too long for one call and takes in its associated data. */
  private begin(nonce: Uint8Array, ad: Uint8Array, adFrom: number, adTo: number): void {
    this.writeKey(nonce)
    const tail = this.nonceBytes - 8
    this.kernel.exports.aeadBegin(this.firstWord(nonce), word(nonce, tail), word(nonce, tail + 4))
    this.absorb(ad, adFrom, adTo)
  }

  private absorb(source: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += PIECE_BYTES) {
      const end = Math.min(at + PIECE_BYTES, to)
      this.kernel.write(source, at, end, BUFFER)
      this.kernel.exports.aeadAbsorb(end - at)
    }
  }

  /** Xors source[from, to) into the target piece by piece; a seal takes in the ciphertext while it is there. */
  private cipher(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number, absorb: boolean): void {
    const { kernel } = this
    for (let done = 0; from + done < to; done += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, to - from - done)
      kernel.write(source, from + done, from + done + length, BUFFER)
      kernel.exports.aeadXor(length, 1 + done / 64)
      kernel.read(BUFFER, length, target, at + done)
      if (absorb) kernel.exports.aeadAbsorb(length)
    }
  }

  private sealPieces(...[nonce, ad, adFrom, adTo, source, from, to, target, at]: Required<AeadMessage>): void {
    this.begin(nonce, ad, adFrom, adTo)
    this.cipher(source, from, to, target, at, true)
    this.kernel.exports.aeadTag(adTo - adFrom, to - from)
    this.kernel.read(COMPUTED, TAG_BYTES, target, at + to - from)
    this.kernel.exports.aeadEnd()
  }

  private openPieces(...[nonce, ad, adFrom, adTo, source, from, to, target, at]: Required<AeadMessage>): boolean {
    const end = to - TAG_BYTES
    this.begin(nonce, ad, adFrom, adTo)
    this.absorb(source, from, end)
    this.kernel.write(source, end, to, TAG)
    const right = this.kernel.exports.aeadTag(adTo - adFrom, end - from) !== 0
    if (right) this.cipher(source, from, end, target, at, false)
    this.kernel.exports.aeadEnd()
    return right
  }
}
