import { XWING } from '../../ports/crypto.js'
import type { Decapsulator, Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { Time } from '../../core/time.js'
import { ratchet as ratchetSecrets, type SessionSecrets } from '../../crypto/session/keys.js'

interface RatchetParts {
  readonly secrets: SessionSecrets
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly time: Time
}

/** The hourly KEM ratchet: the initiator sends a fresh key, the responder encapsulates to it, both renew all secrets. */
export class KemRatchet {
  /** When the initiator is to begin the next one, monoMs. */
  dueMs: number
  private pending: Decapsulator | undefined

  constructor(
    private readonly parts: RatchetParts,
    private readonly intervalMs: number,
  ) {
    this.dueMs = parts.time.monoMs + intervalMs
  }

  /** Initiator: a fresh public key to send. An unanswered one is replaced. */
  begin(monoMs: number): Uint8Array {
    this.dueMs = monoMs + this.intervalMs
    this.pending?.free()
    const seed = this.parts.random.fill(new Uint8Array(XWING.seed))
    const { publicKey, decapsulator } = this.parts.kem.keyPair(seed)
    seed.fill(0)
    this.pending = decapsulator
    return publicKey
  }

  /** Responder: renews the secrets. @returns the ciphertext to answer with, undefined for a bad key */
  answer(publicKey: Uint8Array): Uint8Array | undefined {
    if (publicKey.length !== XWING.publicKey) return undefined
    const result = this.parts.kem.encapsulate(publicKey)
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
}
