import { concat, EMPTY, wipe } from '../../core/bytes.js'
import type { Time } from '../../core/time.js'
import { LABEL } from '../../crypto/labels.js'
import { ratchet as ratchetSecrets, type SessionSecrets } from '../../crypto/session/keys.js'
import type { Decapsulator, Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import { XWING } from '../../wire/xwing.js'

interface RatchetParts {
  readonly secrets: SessionSecrets
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly time: Time
}

const FRESH_BYTES = 64

/** The hourly KEM ratchet: the initiator sends a fresh key, the responder encapsulates to it, both renew all secrets. */
export class KemRatchet {
  /** When the initiator is to begin the next one, monoMs. */
  dueMs: number
  private pending: Decapsulator | undefined
  private lastMs: number | undefined

  constructor(
    private readonly parts: RatchetParts,
    private readonly intervalMs: number,
    private readonly leastMs: number,
  ) {
    this.dueMs = parts.time.monoMs + intervalMs
  }

  /**
   * Initiator: a fresh public key to send. Undefined while an earlier one is unanswered: its answer is on the way in
   * order, and could not be opened with another key.
   */
  begin(monoMs: number): Uint8Array | undefined {
    this.dueMs = monoMs + this.intervalMs
    if (this.pending !== undefined) return undefined
    const seed = this.hedged(EMPTY, XWING.seed)
    const { publicKey, decapsulator } = this.parts.kem.keyPair(seed)
    wipe(seed)
    this.pending = decapsulator
    return publicKey
  }

  /** Responder: renews the secrets. @returns the ciphertext to answer with, undefined for a bad key or one too soon */
  answer(publicKey: Uint8Array, monoMs: number): Uint8Array | undefined {
    if (publicKey.length !== XWING.publicKey) return undefined
    if (this.lastMs !== undefined && monoMs - this.lastMs < this.leastMs) return undefined
    this.lastMs = monoMs
    const coins = this.hedged(publicKey, XWING.coins)
    const result = this.parts.kem.encapsulate(publicKey, coins)
    wipe(coins)
    if (result === undefined) return undefined
    ratchetSecrets(this.parts.kernels.blake3, this.parts.secrets, result.secret, publicKey, result.ciphertext)
    return result.ciphertext
  }

  /** Initiator: renews the secrets with the answer. @returns false when it was not awaited or is malformed */
  finish(ciphertext: Uint8Array): boolean {
    const pending = this.pending
    if (pending === undefined || ciphertext.length !== XWING.ciphertext) return false
    // An ephemeral key made here is held here, so it answers at once.
    const shared = pending.decapsulate(ciphertext, () => undefined)
    if (!(shared instanceof Uint8Array)) return false
    ratchetSecrets(this.parts.kernels.blake3, this.parts.secrets, shared, pending.publicKey, ciphertext)
    pending.free()
    this.pending = undefined
    return true
  }

  /** Wipes an unanswered key. */
  free(): void {
    this.pending?.free()
    this.pending = undefined
  }

  /** Randomness that a broken generator alone does not reveal: the session's own secret goes in. */
  private hedged(publicKey: Uint8Array, bytes: number): Uint8Array {
    const { kernels, random, secrets } = this.parts
    const fresh = random.fill(new Uint8Array(FRESH_BYTES))
    const material = concat(secrets.chain, fresh, publicKey)
    const out = kernels.blake3.deriveKey(LABEL.hedge, material, bytes)
    wipe(fresh, material)
    return out
  }
}
