import { compareBytes } from '../../core/bytes.js'
import { type PeerId, peerIdFromBytes } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { toHex } from '../../core/text.js'
import { type ChainRecords, readChain } from '../../wire/identity/chain.js'
import { readRevocation } from '../../wire/identity/revocation.js'
import { type Certificate, checkSigner, checkValidity, parseCertificate } from './certificate.js'
import { HighWater, type KnownRoot } from './high-water.js'
import { LruMap } from './lru.js'
import { type IdentityCrypto, refuse, type Refusal } from './outcome.js'
import { verifyRevocation } from './revocation.js'
import { firstRoot, isRefusal, nextRoot, type Root } from './root.js'

/** Certificates looked at for whether they ended whenever a new one comes. */
const LOOK_AT_CERTIFICATES = 16

/** Verdict over a certificate. */
export type CertificateOutcome = { readonly ok: true; readonly certificate: Certificate } | Refusal

/** Verdict over a root chain or revocation: whose it is. */
export type PeerOutcome = { readonly ok: true; readonly peerId: PeerId } | Refusal

/** How a {@link ChainVerifier} works. */
export interface ChainVerifierOptions {
  readonly crypto: IdentityCrypto
  /** 32 bytes; certificates of other networks are refused. */
  readonly networkId: Uint8Array
  /** Verified certificates and roots kept. Default `LIMITS.maxCachedCertificates`. */
  readonly maxCertificates?: number
  /** Identities whose high-water mark is kept. Default `LIMITS.maxKnownIdentities`. */
  readonly maxIdentities?: number
}

/**
 * Verifies what peers say about themselves: inception → rotations → certificate. Each certificate's signature is checked
 * once and then known by its hash; the newest (rotation, seq) of each identity is remembered and can be persisted, so that
 * nothing older is accepted again.
 *
 * A verifier that missed a rotation goes on trusting the old root until its certificates end.
 */
export class ChainVerifier {
  readonly #crypto: IdentityCrypto
  readonly #networkId: Uint8Array
  readonly #certificates: LruMap<string, Certificate>
  readonly #roots: LruMap<PeerId, Root>
  readonly #highWater: HighWater
  #verifications = 0

  constructor(options: ChainVerifierOptions) {
    this.#crypto = options.crypto
    this.#networkId = options.networkId
    this.#certificates = new LruMap(options.maxCertificates ?? LIMITS.maxCachedCertificates)
    this.#roots = new LruMap(options.maxCertificates ?? LIMITS.maxCachedCertificates)
    this.#highWater = new HighWater(options.maxIdentities ?? LIMITS.maxKnownIdentities)
  }

  /** Root signatures verified so far, for diagnostics. */
  get verifications(): number {
    return this.#verifications
  }

  /** Verifies a chain as a peer sends it. Never throws on its bytes. */
  verify(chain: Uint8Array, wallMs: number): CertificateOutcome {
    const records = readChain(chain)
    if (!records) return refuse('malformed')
    if (!records.certificate) return refuse('no-certificate')
    return this.#verifyRecords(records, records.certificate, wallMs)
  }

  /** Verifies a certificate alone, where its root is known from an earlier chain; `unknown-root` asks for the chain. */
  verifyCertificate(bytes: Uint8Array, wallMs: number): CertificateOutcome {
    const certificate = parseCertificate(this.#crypto.blake3, bytes)
    if (!certificate) return refuse('malformed')
    const early = this.#objection(certificate, wallMs)
    if (early) return early
    const root = this.#roots.get(certificate.peerId)
    if (!root || root.rotation < certificate.rotation) return refuse('unknown-root')
    return this.#admit(certificate, root, wallMs)
  }

  /** The certificate of a hash, if it was verified before and still holds. */
  lookup(hash: Uint8Array, wallMs: number): CertificateOutcome | undefined {
    const certificate = this.#certificates.get(toHex(hash))
    if (!certificate) return undefined
    return this.#objection(certificate, wallMs) ?? { ok: true, certificate }
  }

  /** Takes in a root chain (no certificate needed): how word of a rotation spreads. */
  learnRoot(chain: Uint8Array): PeerOutcome {
    const records = readChain(chain)
    if (!records) return refuse('malformed')
    const root = this.#verifyRoot(records)
    return isRefusal(root) ? root : { ok: true, peerId: root.peerId }
  }

  /**
   * Takes in a revocation record. Certificates it voids are refused from now on.
   *
   * @param chain - the root chain of its signer, needed unless the root is known here
   */
  revoke(record: Uint8Array, chain?: Uint8Array): PeerOutcome {
    const root = this.#rootOf(record, chain)
    if (isRefusal(root)) return root
    this.#verifications++
    const verdict = verifyRevocation(this.#crypto, record, root, this.#networkId)
    if (!verdict.ok) return verdict
    if (!this.#remember(root)) return refuse('equivocation')
    this.#highWater.noteRevocation(root.peerId, verdict.revocation.throughSeq)
    return { ok: true, peerId: root.peerId }
  }

  /** What must survive a restart: highest rotation and seq, revocations and forks of the identities seen. */
  exportState(): Uint8Array {
    return this.#highWater.export()
  }

  /** Takes back an exported state. False, and nothing changed, where the bytes are damaged. */
  importState(bytes: Uint8Array): boolean {
    return this.#highWater.import(bytes)
  }

  #verifyRecords(records: ChainRecords, bytes: Uint8Array, wallMs: number): CertificateOutcome {
    const certificate = parseCertificate(this.#crypto.blake3, bytes)
    if (!certificate) return refuse('malformed')
    const early = this.#objection(certificate, wallMs)
    if (early) return early
    const root = this.#verifyRoot(records)
    return isRefusal(root) ? root : this.#admit(certificate, root, wallMs)
  }

  /** Everything that speaks against a certificate before any signature is looked at. */
  #objection(certificate: Certificate, wallMs: number): Refusal | undefined {
    const reason = checkValidity(certificate, this.#networkId, wallMs) ?? this.#highWater.objection(certificate)
    return reason && refuse(reason)
  }

  #rootOf(revocation: Uint8Array, chain: Uint8Array | undefined): Root | Refusal {
    const fields = readRevocation(revocation)
    if (!fields) return refuse('malformed')
    if (!chain) return this.#roots.get(peerIdFromBytes(fields.peerId)) ?? refuse('unknown-root')
    const records = readChain(chain)
    return records ? this.#verifyRoot(records) : refuse('malformed')
  }

  /**
   * Follows inception → rotations. Rotations that a remembered hash vouches for are not verified again. Nothing is
   * remembered of an identity that has not shown a signature yet: making those up costs nothing.
   */
  #verifyRoot(records: ChainRecords): Root | Refusal {
    const first = firstRoot(this.#crypto.blake3, records.inception.slice())
    if (isRefusal(first)) return first
    const known = this.#highWater.newest(first.peerId)
    if (known?.forked) return refuse('equivocation')
    const vouched = known ? this.#vouchedFor(first, records, known) : 0
    let root: Root = first
    for (const record of records.rotations) {
      const trusted = root.rotation < vouched
      if (!trusted) this.#verifications++
      const next = nextRoot(this.#crypto, root, record.slice(), trusted)
      if (isRefusal(next)) return next
      root = next
      // A chain that goes on past the known rotation must have come through that very record.
      if (known?.rotation === root.rotation && !this.#remember(root)) return refuse('equivocation')
    }
    if (known && root.rotation < known.rotation) return refuse('rotated')
    if (root.rotation > 0 && !this.#remember(root)) return refuse('equivocation')
    return root
  }

  /** Number of the known rotation where the chain leads through exactly that record, else 0. */
  #vouchedFor(first: Root, records: ChainRecords, known: KnownRoot): number {
    let root = first
    for (const record of records.rotations.slice(0, known.rotation)) {
      const next = nextRoot(this.#crypto, root, record, true)
      if (isRefusal(next)) return 0
      root = next
    }
    const same = root.rotation === known.rotation && compareBytes(root.recordHash, known.recordHash) === 0
    return same ? known.rotation : 0
  }

  /** Remembers a root whose key has signed something. False where it contradicts an earlier one. */
  #remember(root: Root): boolean {
    if (!this.#highWater.noteRoot(root)) return false
    this.#roots.set(root.peerId, root)
    return true
  }

  /** Of the certificates unused for longest, drops those that ended: peers renew theirs for as long as a node runs. */
  #forgetExpired(wallMs: number): void {
    let looked = 0
    for (const [key, { notAfterMs }] of this.#certificates.entries()) {
      if (++looked > LOOK_AT_CERTIFICATES) return
      if (notAfterMs <= wallMs) this.#certificates.delete(key)
    }
  }

  #admit(certificate: Certificate, root: Root, wallMs: number): CertificateOutcome {
    const key = toHex(certificate.hash)
    const cached = this.#certificates.get(key)
    if (cached) return { ok: true, certificate: cached }
    this.#verifications++
    const refusal = checkSigner(this.#crypto, certificate, root)
    if (refusal) return refusal
    if (!this.#remember(root)) return refuse('equivocation')
    const bodyHash = this.#crypto.blake3.hash(certificate.signed)
    if (!this.#highWater.noteCertificate(certificate, bodyHash)) return refuse('seq-reused')
    this.#forgetExpired(wallMs)
    this.#certificates.set(key, certificate)
    return { ok: true, certificate }
  }
}
