import { readU64, wipe, writeU64 } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import type { AeadKey, Kernels } from '../../ports/kernels.js'
import { DATAGRAM_HEADER, phaseByte, RECORD } from '../../wire/records.js'
import { setNonce } from './cipher.js'
import { directionSecret, KIND, recordKey, type Side } from './keys.js'

/** Which counters of a datagram direction were seen: the highest and a window below it (RFC 6479's idea). */
export class ReplayWindow {
  private highest = -1
  private readonly seen: Uint32Array

  /** @param size - counters below the highest that are still told apart; a multiple of 32 */
  constructor(private readonly size: number = LIMITS.datagramWindow) {
    // A word more than the window has: the highest counter's word must not be the one of the lowest still told apart.
    this.seen = new Uint32Array(size / 32 + 1)
  }

  /** Whether a counter is new enough and was not marked yet. */
  accepts(counter: number): boolean {
    if (counter > this.highest) return true
    if (this.highest - counter >= this.size) return false
    return (this.word(counter) & (1 << (counter & 31))) === 0
  }

  /** Marks a counter whose datagram was genuine. */
  mark(counter: number): void {
    if (counter > this.highest) this.advance(counter)
    const at = Math.floor(counter / 32) % this.seen.length
    this.seen[at] = this.word(counter) | (1 << (counter & 31))
  }

  private word(counter: number): number {
    return this.seen[Math.floor(counter / 32) % this.seen.length]
  }

  private advance(counter: number): void {
    const first = Math.floor(this.highest / 32) + 1
    const last = Math.floor(counter / 32)
    const count = Math.min(last - first + 1, this.seen.length)
    for (let i = 0; i < count; i++) this.seen[(last - i) % this.seen.length] = 0
    this.highest = counter
  }
}

/** Seals the datagram records of one direction; the key differs from the stream records' key. */
export class DatagramSealer {
  private counter = 0
  private readonly aead: AeadKey
  private readonly iv: Uint8Array
  private readonly nonce = new Uint8Array(12)
  private readonly phase: number

  constructor(kernels: Kernels, root: Uint8Array, sender: Side, epoch = 0) {
    const made = datagramKey(kernels, root, sender)
    this.aead = made.aead
    this.iv = made.iv
    this.phase = phaseByte(epoch, 0)
  }

  /**
   * Seals the record with its header at `at` and its plaintext in `[at + 9, end)`.
   * @returns offset after it, or -1 when the key is used up
   */
  seal(buffer: Uint8Array, at: number, end: number): number {
    if (this.counter >= LIMITS.hardRecords) return -1
    buffer[at] = this.phase
    writeU64(buffer, at + 1, this.counter)
    setNonce(this.nonce, this.iv, this.counter++)
    this.aead.seal(this.nonce, buffer, at, at + DATAGRAM_HEADER, buffer, at + DATAGRAM_HEADER, end)
    return end + RECORD.tag
  }

  /** Wipes the key. */
  free(): void {
    this.aead.free()
  }
}

/** Opens the datagram records of one direction: any order, each once. */
export class DatagramOpener {
  private readonly window = new ReplayWindow()
  private readonly aead: AeadKey
  private readonly iv: Uint8Array
  private readonly nonce = new Uint8Array(12)
  private readonly phase: number

  constructor(kernels: Kernels, root: Uint8Array, sender: Side, epoch = 0) {
    const made = datagramKey(kernels, root, sender)
    this.aead = made.aead
    this.iv = made.iv
    this.phase = phaseByte(epoch, 0)
  }

  /** @returns whether the packet is genuine and new; the plaintext is then at `[at + 9, end - 16)` */
  open(buffer: Uint8Array, at: number, end: number): boolean {
    if (end - at < DATAGRAM_HEADER + RECORD.type + RECORD.tag || buffer[at] !== this.phase) return false
    const counter = readU64(buffer, at + 1)
    if (counter > Number.MAX_SAFE_INTEGER || !this.window.accepts(counter)) return false
    setNonce(this.nonce, this.iv, counter)
    const from = at + DATAGRAM_HEADER
    if (!this.aead.open(this.nonce, buffer, at, from, buffer, from, end)) return false
    this.window.mark(counter)
    return true
  }

  /** Wipes the key. */
  free(): void {
    this.aead.free()
  }
}

function datagramKey(kernels: Kernels, root: Uint8Array, sender: Side): { aead: AeadKey; iv: Uint8Array } {
  const secret = directionSecret(kernels.blake3, root, sender)
  const { key, iv } = recordKey(kernels.blake3, secret, KIND.datagram)
  const made = { aead: kernels.aead.key(key), iv: iv.slice() }
  wipe(secret, key)
  return made
}
