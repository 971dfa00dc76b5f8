import { wipe } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'
import type { AeadKey, Kernels } from '../../ports/kernels.js'
import { phaseByte, RECORD } from '../../wire/records.js'
import { directionSecret, KIND, recordKey, stepSecret, type Side } from './keys.js'

/** Where the iv stands in a phase's secrets, behind the secret that the next step derives from. */
const IV = 32
const PHASE_BYTES = 44
/** Filled before each record and read before the call returns, so one serves all sessions. */
const NONCE = new Uint8Array(12)

/** When a sender must step to the next key; the defaults are PROTOCOL's. Shorter ones serve tests. */
export interface RekeyLimits {
  readonly stepRecords: number
  readonly stepBytes: number
  readonly stepMs: number
  readonly hardRecords: number
}

const DEFAULT_REKEY: RekeyLimits = LIMITS

/** iv ⊕ counter, as TLS 1.3 does (RFC 8446 §5.3): the counter is unique for the life of the session. */
export function setNonce(nonce: Uint8Array, secrets: Uint8Array, counter: number, ivAt = 0): void {
  for (let i = 0; i < 4; i++) nonce[i] = secrets[ivAt + i]
  let high = Math.floor(counter / 0x1_0000_0000)
  let low = counter >>> 0
  for (let i = 11; i >= 8; i--) {
    nonce[i] = secrets[ivAt + i] ^ (low & 255)
    low >>>= 8
  }
  for (let i = 7; i >= 4; i--) {
    nonce[i] = secrets[ivAt + i] ^ (high & 255)
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
  /** Secret and iv of the phase: one array, because each costs 200 bytes more than what is in it. */
  private readonly phase = new Uint8Array(PHASE_BYTES)
  private key: AeadKey

  constructor(
    private readonly kernels: Kernels,
    root: Uint8Array,
    private readonly sender: Side,
    private readonly limits: RekeyLimits = DEFAULT_REKEY,
  ) {
    this.key = enterPhase(kernels, directionSecret(kernels.blake3, root, sender), this.phase)
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
    setNonce(NONCE, this.phase, this.counter, IV)
    this.key.seal(NONCE, buffer, at, from, buffer, from, end)
    this.counter++
    this.records++
    this.bytes += length
    return end + RECORD.tag
  }

  /** Starts the next KEM epoch with the following record. */
  enterEpoch(root: Uint8Array, monoMs: number): void {
    this.epoch++
    this.step = 0
    this.renew(directionSecret(this.kernels.blake3, root, this.sender), monoMs)
  }

  /** Wipes the keys. */
  free(): void {
    wipe(this.phase)
    this.key.free()
  }

  private stepIfDue(monoMs: number): void {
    if (this.records === 0) this.sinceMs = monoMs
    const due =
      this.records >= this.limits.stepRecords ||
      this.bytes >= this.limits.stepBytes ||
      monoMs - this.sinceMs >= this.limits.stepMs
    if (!due || this.records === 0) return
    this.step++
    this.renew(stepSecret(this.kernels.blake3, this.phase.subarray(0, IV)), monoMs)
  }

  private renew(secret: Uint8Array, monoMs: number): void {
    this.key.free()
    this.key = enterPhase(this.kernels, secret, this.phase)
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
  private phase: Uint8Array = new Uint8Array(PHASE_BYTES)
  private key: AeadKey
  private nextSecret: Uint8Array | undefined

  constructor(
    private readonly kernels: Kernels,
    root: Uint8Array,
    private readonly sender: Side,
  ) {
    this.key = enterPhase(kernels, directionSecret(kernels.blake3, root, sender), this.phase)
  }

  /**
   * Opens the record with its header at `at` and its end at `end`, in place.
   *
   * @returns whether it was genuine; the plaintext (type ‖ body) is then at `[at + 3, end - 16)`
   */
  open(buffer: Uint8Array, at: number, end: number): boolean {
    const phase = buffer[at]
    if (phase === phaseByte(this.epoch, this.step)) return this.openWith(this.key, this.phase, buffer, at, end)
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
    wipe(this.phase, this.nextSecret)
    this.key.free()
  }

  private openWith(key: AeadKey, phase: Uint8Array, buffer: Uint8Array, at: number, end: number): boolean {
    setNonce(NONCE, phase, this.counter, IV)
    const from = at + RECORD.header
    if (!key.open(NONCE, buffer, at, from, buffer, from, end)) return false
    this.counter++
    return true
  }

  private openNextStep(buffer: Uint8Array, at: number, end: number): boolean {
    const secret = stepSecret(this.kernels.blake3, this.phase.slice(0, IV))
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
    const phase = new Uint8Array(PHASE_BYTES)
    const key = enterPhase(this.kernels, secret, phase)
    if (!this.openWith(key, phase, buffer, at, end)) {
      key.free()
      wipe(phase)
      return false
    }
    wipe(this.phase)
    this.key.free()
    this.phase = phase
    this.key = key
    return true
  }
}

/** Makes a phase's key and writes the phase's secrets, secret and iv, to `phase`. Wipes the secret it is given. */
function enterPhase(kernels: Kernels, secret: Uint8Array, phase: Uint8Array): AeadKey {
  const { key, iv } = recordKey(kernels.blake3, secret, KIND.stream)
  phase.set(secret)
  phase.set(iv, IV)
  const made = kernels.aead.key(key)
  wipe(secret, key)
  return made
}
