import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Time } from '../../core/time.js'
import type { Certificate } from '../../crypto/identity/certificate.js'
import {
  type CertificateOutcome,
  ChainVerifier,
  type ChainVerifierOptions,
  type PeerOutcome,
} from '../../crypto/identity/chain.js'
import { LruMap } from '../../crypto/identity/lru.js'
import type { ChainVerdict, PeerCertificates, RemoteCertificate } from '../../protocols/handshake/context.js'

/** The certificates of peers as the handshake asks for them, kept by the chain verifier. */
export class VerifiedCertificates implements PeerCertificates {
  readonly verifier: ChainVerifier
  private readonly newest = new LruMap<PeerId, Certificate>(LIMITS.maxCachedCertificates)

  /**
   * @param options - as of {@link ChainVerifier}
   * @param onLearned - told when something was verified that must survive a restart
   */
  constructor(
    options: ChainVerifierOptions,
    private readonly onLearned: () => void = () => undefined,
  ) {
    this.verifier = new ChainVerifier(options)
  }

  verify(chain: Uint8Array, time: Time): ChainVerdict {
    const before = this.verifier.verifications
    const outcome = this.verifier.verify(chain, time.wallMs)
    if (!outcome.ok) return { ok: false, code: outcome.code, reason: outcome.reason }
    this.remember(outcome.certificate)
    if (this.verifier.verifications !== before) this.onLearned()
    return { ok: true, certificate: remote(outcome.certificate) }
  }

  /** Takes in a root chain, or with a record a revocation under it. */
  learn(chain: Uint8Array, record: Uint8Array | undefined): PeerOutcome {
    const outcome = record === undefined ? this.verifier.learnRoot(chain) : this.verifier.revoke(record, chain)
    if (outcome.ok) this.onLearned()
    return outcome
  }

  byHash(hash: Uint8Array, time: Time): RemoteCertificate | undefined {
    return taken(this.verifier.lookup(hash, time.wallMs))
  }

  ofPeer(peerId: PeerId, time: Time): RemoteCertificate | undefined {
    const certificate = this.newest.get(peerId)
    return certificate && taken(this.verifier.lookup(certificate.hash, time.wallMs))
  }

  private remember(certificate: Certificate): void {
    const known = this.newest.get(certificate.peerId)
    const isNewer =
      known === undefined ||
      certificate.rotation > known.rotation ||
      (certificate.rotation === known.rotation && certificate.seq > known.seq)
    if (isNewer) this.newest.set(certificate.peerId, certificate)
  }
}

function taken(outcome: CertificateOutcome | undefined): RemoteCertificate | undefined {
  return outcome?.ok ? remote(outcome.certificate) : undefined
}

function remote({ peerId, hash, staticKey, notAfterMs }: Certificate): RemoteCertificate {
  return { peerId, hash, staticKey, notAfterMs }
}
