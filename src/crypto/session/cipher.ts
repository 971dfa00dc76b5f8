import { wipe } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import type { AeadKey, Kernels } from '../../ports/kernels.js'
import { phaseByte, RECORD } from '../../wire/records.js'
import { directionSecret, KIND, recordKey, stepSecret, type Side } from './keys.js'

/** One direction's key of one phase. */
interface PhaseKey {
  readonly aead: AeadKey
  readonly iv: Uint8Array
}

/** When a sender must step to the next key; the defaults are PROTOCOL's. Shorter ones serve tests. */
export interface RekeyLimits {
  readonly stepRecords: number
  readonly stepBytes: number
  readonly stepMs: number
  readonly hardRecords: number
}

const DEFAULT_REKEY: RekeyLimits = LIMITS

/** iv ⊕ counter, as TLS 1.3 does (RFC 8446 §5.3): the counter is unique for the life of the session. */
export function setNonce(nonce: Uint8Array, iv: Uint8Array, counter: number): void {
  for (let i = 0; i < 4; i++) nonce[i] = iv[i]
  let high = Math.floor(counter / 0x1_0000_0000)
  let low = counter >>> 0
  for (let i = 11; i >= 8; i--) {
    nonce[i] = iv[i] ^ (low & 255)
    low >>>= 8
  }
  for (let i = 7; i >= 4; i--) {
    nonce[i] = iv[i] ^ (high & 255)
    high >>>= 8
  }
}

/** Seals the stream records of one direction. Counters never repeat: they go on across phases. */
export class RecordSealer {
  /** Counter of the next record. */
  counter = 0
  private epoch = 0
  private step = 0
  private records = 0
  private bytes = 0
  private sinceMs = 0
  private secret: Uint8Array
  private key: PhaseKey
  private readonly nonce = new Uint8Array(12)

  constructor(
    private readonly kernels: Kernels,
    root: Uint8Array,
    private readonly sender: Side,
    private readonly limits: RekeyLimits = DEFAULT_REKEY,
  ) {
    this.secret = directionSecret(kernels.blake3, root, sender)
    this.key = phaseKey(kernels, this.secret)
  }

  /**
   * Seals the record whose header begins at `at` and whose plaintext (type ‖ body) ends at `end`: writes header and tag.
   *
   * @returns offset after the record, or -1 when the phase is used up and no key may be used any more: close the session
   */
  seal(buffer: Uint8Array, at: number, end: number, monoMs: number): number {
    this.stepIfDue(monoMs)
    if (this.records >= this.limits.hardRecords || this.counter >= Number.MAX_SAFE_INTEGER) return -1
    const from = at + RECORD.header
    const length = end - from + RECORD.tag
    buffer[at] = phaseByte(this.epoch, this.step)
    buffer[at + 1] = length >>> 8
    buffer[at + 2] = length
    setNonce(this.nonce, this.key.iv, this.counter)
    this.key.aead.seal(this.nonce, buffer, at, from, buffer, from, end)
    this.counter++
    this.records++
    this.bytes += length
    return end + RECORD.tag
  }

  /** Starts the next KEM epoch with the following record. */
  enterEpoch(root: Uint8Array, monoMs: number): void {
    this.epoch++
    this.step = 0
    wipe(this.secret)
    this.secret = directionSecret(this.kernels.blake3, root, this.sender)
    this.renew(monoMs)
  }

  /** Wipes the keys. */
  free(): void {
    wipe(this.secret)
    this.key.aead.free()
  }

  private stepIfDue(monoMs: number): void {
    if (this.records === 0) this.sinceMs = monoMs
    const due =
      this.records >= this.limits.stepRecords ||
      this.bytes >= this.limits.stepBytes ||
      monoMs - this.sinceMs >= this.limits.stepMs
    if (!due || this.records === 0) return
    this.step++
    this.secret = stepSecret(this.kernels.blake3, this.secret)
    this.renew(monoMs)
  }

  private renew(monoMs: number): void {
    this.key.aead.free()
    this.key = phaseKey(this.kernels, this.secret)
    this.records = 0
    this.bytes = 0
    this.sinceMs = monoMs
  }
}

/** Opens the stream records of one direction, in the order of their counters; takes the current phase or the next step. */
export class RecordOpener {
  /** Counter of the next record expected. */
  counter = 0
  private epoch = 0
  private step = 0
  private secret: Uint8Array
  private key: PhaseKey
  private nextSecret: Uint8Array | undefined
  private readonly nonce = new Uint8Array(12)

  constructor(
    private readonly kernels: Kernels,
    root: Uint8Array,
    private readonly sender: Side,
  ) {
    this.secret = directionSecret(kernels.blake3, root, sender)
    this.key = phaseKey(kernels, this.secret)
  }

  /**
   * Opens the record with its header at `at` and its end at `end`, in place.
   *
   * @returns whether it was genuine; the plaintext (type ‖ body) is then at `[at + 3, end - 16)`
   */
  open(buffer: Uint8Array, at: number, end: number): boolean {
    const phase = buffer[at]
    if (phase === phaseByte(this.epoch, this.step)) return this.openWith(this.key, buffer, at, end)
    if (phase === phaseByte(this.epoch, this.step + 1)) return this.openNextStep(buffer, at, end)
    if (this.nextSecret !== undefined && phase === phaseByte(this.epoch + 1, 0))
      return this.openNextEpoch(buffer, at, end)
    return false
  }

  /** From now on records of the next KEM epoch are taken too. The root is not kept. */
  expectEpoch(root: Uint8Array): void {
    wipe(this.nextSecret)
    this.nextSecret = directionSecret(this.kernels.blake3, root, this.sender)
  }

  /** Whether the sender has not yet used the epoch announced by {@link RecordOpener.expectEpoch}. */
  get awaitsEpoch(): boolean {
    return this.nextSecret !== undefined
  }

  /** Wipes the keys. */
  free(): void {
    wipe(this.secret, this.nextSecret)
    this.key.aead.free()
  }

  private openWith(key: PhaseKey, buffer: Uint8Array, at: number, end: number): boolean {
    setNonce(this.nonce, key.iv, this.counter)
    const from = at + RECORD.header
    if (!key.aead.open(this.nonce, buffer, at, from, buffer, from, end)) return false
    this.counter++
    return true
  }

  private openNextStep(buffer: Uint8Array, at: number, end: number): boolean {
    const secret = stepSecret(this.kernels.blake3, this.secret.slice())
    if (!this.adopt(secret, buffer, at, end)) return false
    this.step++
    return true
  }

  private openNextEpoch(buffer: Uint8Array, at: number, end: number): boolean {
    if (!this.adopt((this.nextSecret as Uint8Array).slice(), buffer, at, end)) return false
    this.epoch++
    this.step = 0
    wipe(this.nextSecret)
    this.nextSecret = undefined
    return true
  }

  private adopt(secret: Uint8Array, buffer: Uint8Array, at: number, end: number): boolean {
    const key = phaseKey(this.kernels, secret)
    if (!this.openWith(key, buffer, at, end)) {
      key.aead.free()
      wipe(secret)
      return false
    }
    wipe(this.secret)
    this.key.aead.free()
    this.secret = secret
    this.key = key
    return true
  }
}

function phaseKey(kernels: Kernels, secret: Uint8Array): PhaseKey {
  const { key, iv } = recordKey(kernels.blake3, secret, KIND.stream)
  const phase = { aead: kernels.aead.key(key), iv: iv.slice() }
  wipe(key)
  return phase
}
