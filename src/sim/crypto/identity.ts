import { compareBytes, readU64, writeU64 } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { type PeerId, peerIdFromBytes } from '../../core/ids.js'
import { toHex } from '../../core/text.js'
import type { Time } from '../../core/time.js'
import type { Kem } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import type {
  ChainVerdict,
  LocalCredentials,
  PeerCertificates,
  RemoteCertificate,
} from '../../protocols/handshake/context.js'
import { XWING } from '../../wire/xwing.js'
import { Mixer } from './mixer.js'

/** Offsets of a simulated chain. Its length is that of inception and certificate of suite 1. */
const AT = { root: 0, network: 32, notBefore: 64, notAfter: 72, staticKey: 80, filler: 1296, signature: 6833 } as const
const CHAIN_BYTES = 6865

/** Lifetime of a simulated certificate, ms: seven days, the most a real one may have. */
export const FAKE_LIFETIME_MS = 7 * 86_400_000

/** The secret behind a simulated identity; whoever holds it can issue certificates for its peer id. */
export interface FakeRoot {
  readonly peerId: PeerId
  readonly publicKey: Uint8Array
  readonly secret: Uint8Array
}

/**
 * Identities and certificates without signatures: a certificate carries a checksum that depends on its root's secret,
 * and this object, which every node of a simulation shares, knows those secrets. So nobody can forge within the rules of
 * the simulation, and nothing is proven outside of it. Sizes are those of suite 1; exported from `hyphae/testing` only.
 */
export class FakeAuthority {
  private readonly secrets = new Map<string, Uint8Array>()
  private readonly mixer = new Mixer()

  constructor(
    private readonly kem: Kem,
    private readonly networkId: Uint8Array,
  ) {}

  /** A new root. */
  root(random: Random): FakeRoot {
    const secret = random.fill(new Uint8Array(32))
    const publicKey = this.mixer.begin(4, 1, 0, 0).bytes(secret, 0, 32).finish().fill(new Uint8Array(32))
    this.secrets.set(toHex(publicKey), secret)
    return { peerId: this.peerIdOf(publicKey), publicKey, secret }
  }

  /** Credentials under a root: a fresh static key and a certificate valid from `notBeforeMs` (wall). */
  issue(root: FakeRoot, random: Random, notBeforeMs: number, lifetimeMs = FAKE_LIFETIME_MS): LocalCredentials {
    const seed = random.fill(new Uint8Array(XWING.seed))
    const { publicKey, decapsulator } = this.kem.keyPair(seed)
    const chain = new Uint8Array(CHAIN_BYTES)
    chain.set(root.publicKey, AT.root)
    chain.set(this.networkId, AT.network)
    writeU64(chain, AT.notBefore, notBeforeMs)
    writeU64(chain, AT.notAfter, notBeforeMs + lifetimeMs)
    chain.set(publicKey, AT.staticKey)
    this.mixer.begin(4, 2, 0, 0).bytes(publicKey, 0, 64).finish().fill(chain.subarray(AT.filler, AT.signature))
    chain.set(this.signature(root.secret, chain), AT.signature)
    return {
      peerId: root.peerId,
      chain,
      certHash: this.hash(chain),
      decapsulator,
      notAfterMs: notBeforeMs + lifetimeMs,
    }
  }

  /** What a chain says, or why it is refused. */
  read(chain: Uint8Array): (RemoteCertificate & { readonly notBeforeMs: number }) | ErrorCode {
    if (chain.length !== CHAIN_BYTES) return 'MALFORMED'
    const root = chain.slice(AT.root, AT.network)
    const secret = this.secrets.get(toHex(root))
    const claimed = chain.subarray(AT.signature, CHAIN_BYTES)
    if (secret === undefined || compareBytes(claimed, this.signature(secret, chain)) !== 0) return 'SIGNATURE_INVALID'
    if (compareBytes(chain.subarray(AT.network, AT.notBefore), this.networkId) !== 0) return 'CERTIFICATE_INVALID'
    return {
      peerId: this.peerIdOf(root),
      hash: this.hash(chain),
      staticKey: chain.slice(AT.staticKey, AT.filler),
      notBeforeMs: readU64(chain, AT.notBefore),
      notAfterMs: readU64(chain, AT.notAfter),
    }
  }

  private peerIdOf(root: Uint8Array): PeerId {
    return peerIdFromBytes(this.mixer.begin(4, 3, 0, 0).bytes(root, 0, 32).finish().fill(new Uint8Array(32)))
  }

  private hash(chain: Uint8Array): Uint8Array {
    return this.mixer.begin(4, 4, 0, 0).bytes(chain, 0, chain.length).finish().fill(new Uint8Array(32))
  }

  private signature(secret: Uint8Array, chain: Uint8Array): Uint8Array {
    this.mixer.begin(4, 5, 0, 0).bytes(secret, 0, 32).bytes(chain, 0, AT.signature)
    return this.mixer.finish().fill(new Uint8Array(32))
  }
}

/** What one simulated node verified and remembers. */
export class FakeCertificates implements PeerCertificates {
  private readonly known = new Map<string, RemoteCertificate & { readonly notBeforeMs: number }>()
  private readonly newest = new Map<PeerId, string>()

  constructor(private readonly authority: FakeAuthority) {}

  verify(chain: Uint8Array, time: Time): ChainVerdict {
    const read = this.authority.read(chain)
    if (typeof read === 'string') return { ok: false, code: read, reason: 'the simulated certificate is not genuine' }
    if (time.wallMs >= read.notAfterMs) return { ok: false, code: 'CERTIFICATE_EXPIRED', reason: 'it has expired' }
    if (time.wallMs < read.notBeforeMs) return { ok: false, code: 'CERTIFICATE_INVALID', reason: 'it is not valid yet' }
    const name = toHex(read.hash)
    this.known.set(name, read)
    const before = this.known.get(this.newest.get(read.peerId) ?? '')
    if (before === undefined || before.notAfterMs <= read.notAfterMs) this.newest.set(read.peerId, name)
    return { ok: true, certificate: read }
  }

  byHash(hash: Uint8Array, time: Time): RemoteCertificate | undefined {
    return this.valid(toHex(hash), time)
  }

  ofPeer(peerId: PeerId, time: Time): RemoteCertificate | undefined {
    const name = this.newest.get(peerId)
    return name === undefined ? undefined : this.valid(name, time)
  }

  private valid(name: string, time: Time): RemoteCertificate | undefined {
    const certificate = this.known.get(name)
    if (certificate === undefined || time.wallMs >= certificate.notAfterMs) return undefined
    return time.wallMs < certificate.notBeforeMs ? undefined : certificate
  }
}
