import { compareBytes } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { utf8 } from '../../core/text.js'
import { type Certificate, parseCertificate } from '../../crypto/identity/certificate.js'
import { fingerprint } from '../../crypto/identity/fingerprint.js'
import { SIGN_CONTEXT } from '../../crypto/identity/labels.js'
import type { IdentityCrypto } from '../../crypto/identity/outcome.js'
import {
  deriveNetworkId,
  firstRoot,
  isRefusal,
  nextRoot,
  nextRootDigest,
  type Root,
} from '../../crypto/identity/root.js'
import { type LocalSigner, localSigner } from '../../crypto/identity/signer.js'
import { SUITES } from '../../crypto/suites.js'
import type { Decapsulator, PublicKeyCrypto, Signer } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import { writeCertificate } from '../../wire/identity/certificate.js'
import { writeChain } from '../../wire/identity/chain.js'
import { writeInception } from '../../wire/identity/inception.js'
import { writeRevocation } from '../../wire/identity/revocation.js'
import { writeRotation } from '../../wire/identity/rotation.js'
import { appendSignature } from '../../wire/identity/signature.js'
import { isSuiteId, SUITE_SIZES, type SuiteId } from '../../wire/identity/suites.js'
import { XWING } from '../../wire/xwing.js'

/** What identities work with; a platform brings them. */
export interface IdentityPorts {
  readonly kernels: Kernels
  readonly publicKey: PublicKeyCrypto
  readonly random: Random
}

/** Options of `createIdentity`. */
export interface CreateIdentityOptions {
  /** Root suite: 1 ML-DSA-65 + Ed25519 (default), 2 ML-DSA-87 + ECDSA P-384, 3 SLH-DSA-SHA2-128s. */
  readonly suite?: SuiteId
  /** A root key held elsewhere, such as an HSM; a local one is made when absent. */
  readonly signer?: Signer
  /** The pre-committed next root: a key held elsewhere, or `none` for an identity that never rotates. A local one by default. */
  readonly next?: Signer | 'none'
}

/** Options of {@link Identity.issue}. */
export interface IssueOptions {
  /** 32 bytes; see `networkIdOf`. */
  readonly networkId: Uint8Array
  /** Now, in milliseconds since 1970. */
  readonly wallMs: number
  /** Life of the certificate from now, ms. Default 24 h; at most 7 days less the 90 s it is dated back. */
  readonly lifetimeMs?: number
  /** Bits of `CAPABILITY`. Default 0. */
  readonly capabilities?: number
  /** Number of the certificate; must rise. Default: the greater of the last one + 1 and `wallMs`, so that it rises over restarts. */
  readonly seq?: number
  /** Merkle root of onion keys, 32 bytes. Default zero: no relay. */
  readonly onionRoot?: Uint8Array
  /** Holder of the static key, which may live in an HSM; fresh for each certificate. Default: one made here. */
  readonly decapsulator?: Decapsulator
}

/** A fresh operating certificate with its secrets. */
export interface Issued {
  readonly certificate: Certificate
  /** Inception ‖ rotations ‖ certificate, as sent to peers. */
  readonly chain: Uint8Array
  /** Holder of the static key; free it 90 s after the certificate ended. */
  readonly decapsulator: Decapsulator
  /** Seed of the static key, for whoever must keep it over a restart; wipe it otherwise. Undefined for a key given. */
  readonly staticSeed: Uint8Array | undefined
  /** Seed of the hot Ed25519 key; wipe it after preparing a signer. */
  readonly hotSeed: Uint8Array
}

const DEFAULT_LIFETIME_MS = 86_400_000

/** The 32-byte id of a network: derived from its name, which both sides must write alike. */
export function networkIdOf(kernels: Kernels, name: string): Uint8Array {
  return deriveNetworkId(kernels.blake3, utf8(name))
}

/**
 * Makes a new identity.
 *
 * @example
 * ```ts
 * const identity = createIdentity(ports)
 * const { chain, decapsulator } = await identity.issue({ networkId, wallMs })
 * ```
 * @throws HyphaeError INVALID_ARGUMENT for an unknown suite or a signer of another suite
 */
export function createIdentity(ports: IdentityPorts, options: CreateIdentityOptions = {}): Identity {
  const suite = options.suite ?? options.signer?.suite ?? 1
  if (!isSuiteId(suite)) throw new HyphaeError('INVALID_ARGUMENT', `there is no suite ${String(suite)}`)
  const signer = options.signer ?? localSigner(ports.publicKey, ports.random, suite)
  checkSigner(signer, suite)
  const next = options.next === 'none' ? undefined : (options.next ?? localSigner(ports.publicKey, ports.random, suite))
  const nextDigest = digestOf(ports, next)
  const inception = writeInception({ suite, publicKey: signer.publicKey, nextDigest })
  return new Identity(ports, { inception, rotations: [], signer, next })
}

/** What an {@link Identity} is made of. */
export interface IdentityParts {
  readonly inception: Uint8Array
  readonly rotations: readonly Uint8Array[]
  readonly signer: Signer | LocalSigner
  readonly next: Signer | LocalSigner | undefined
}

/**
 * An identity with its root key: issues operating certificates, rotates, revokes. Its secrets stay inside; see
 * `exportIdentity`.
 */
export class Identity {
  /** The peer id; never changes, whatever rotates. */
  readonly id: PeerId
  /** The peer id as 32 bytes. */
  readonly idBytes: Uint8Array
  readonly #ports: IdentityPorts
  readonly #inception: Uint8Array
  readonly #rotations: Uint8Array[]
  #root: Root
  #signer: Signer | LocalSigner
  #next: Signer | LocalSigner | undefined
  #lastSeq = 0
  #busy: Promise<unknown> = Promise.resolve()

  /** @throws HyphaeError IDENTITY_CORRUPT where records and keys do not belong together */
  constructor(ports: IdentityPorts, parts: IdentityParts) {
    this.#ports = ports
    this.#inception = parts.inception
    this.#rotations = [...parts.rotations]
    this.#signer = parts.signer
    this.#next = parts.next
    this.#root = rootOf(ports, parts)
    this.id = this.#root.peerId
    this.idBytes = this.#root.peerIdBytes
  }

  /** Suite of the current root key. */
  get suite(): SuiteId {
    return this.#root.suite
  }

  /** Number of the newest certificate issued here; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** Rotations so far. */
  get rotation(): number {
    return this.#root.rotation
  }

  /** Twelve groups of five digits for people to compare; 199 bits of a hash of the peer id. */
  get fingerprint(): string {
    return fingerprint(this.#ports.kernels.blake3, this.idBytes)
  }

  /** Inception and rotations as bytes, without a certificate: accompanies revocations and news of a rotation. */
  get rootChain(): Uint8Array {
    return this.#chain(undefined)
  }

  /** Issues an operating certificate with fresh keys. Calls are served one after the other. */
  issue(options: IssueOptions): Promise<Issued> {
    return this.#inTurn(() => this.#issue(options))
  }

  /**
   * Replaces the root key by the pre-committed one and pre-commits to another. Certificates of the old root are void for
   * everyone who learns of it: issue new ones first thing.
   *
   * @param next - where the key after the next lives; a local one by default, `none` ends rotation
   * @returns the new root chain
   * @throws HyphaeError ROTATION_INVALID where no next key was pre-committed or 16 rotations have been made
   */
  rotate(next?: Signer | 'none'): Promise<Uint8Array> {
    return this.#inTurn(() => this.#rotate(next))
  }

  /**
   * Voids every certificate of the current root up to `throughSeq`.
   *
   * @param options - `networkId`: where it holds, default in every network; `wallMs`: now
   * @returns the revocation record; send it along with {@link Identity.rootChain}
   */
  revoke(options: { throughSeq: number; wallMs: number; networkId?: Uint8Array }): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const { suite, rotation, recordHash } = this.#root
      const signed = writeRevocation({
        suite,
        rotation,
        recordHash,
        peerId: this.idBytes,
        networkId: options.networkId ?? new Uint8Array(32),
        throughSeq: options.throughSeq,
        atMs: options.wallMs,
      })
      return appendSignature(signed, await this.#signer.sign(signed, SIGN_CONTEXT.revocation))
    })
  }

  /** Copies of the root secrets for `exportIdentity`; undefined where a key is held elsewhere. */
  secrets(): { current: Uint8Array; next: { suite: number; secret: Uint8Array } | undefined } | undefined {
    const next = this.#next
    if (!isLocal(this.#signer) || (next && !isLocal(next))) return undefined
    return {
      current: this.#signer.secret(),
      next: next && { suite: next.suite, secret: next.secret() },
    }
  }

  /** Wipes the root keys held here. The identity cannot sign afterwards. */
  free(): void {
    for (const signer of [this.#signer, this.#next]) if (signer && isLocal(signer)) signer.free()
  }

  async #issue(options: IssueOptions): Promise<Issued> {
    const { publicKey, random, kernels } = this.#ports
    const { suite, rotation, recordHash } = this.#root
    const lifetimeMs = checkIssue(options)
    const staticSeed = options.decapsulator ? undefined : random.fill(new Uint8Array(XWING.seed))
    const hotSeed = random.fill(new Uint8Array(32))
    const decapsulator = staticSeed ? publicKey.kem.keyPair(staticSeed).decapsulator : staticKeyOf(options)
    const staticKey = decapsulator.publicKey
    const seq = options.seq ?? Math.max(this.#lastSeq + 1, options.wallMs)
    if (seq <= this.#lastSeq) throw new HyphaeError('INVALID_ARGUMENT', `seq must exceed ${this.#lastSeq}`)
    const signed = writeCertificate({
      suite,
      rotation,
      recordHash,
      seq,
      staticKey,
      peerId: this.idBytes,
      networkId: options.networkId,
      // Dated back by the tolerated clock difference, so that a peer whose clock is behind takes it at once.
      notBeforeMs: Math.max(0, options.wallMs - LIMITS.maxClockSkewMs),
      notAfterMs: options.wallMs + lifetimeMs,
      capabilities: options.capabilities ?? 0,
      hotKey: publicKey.ed25519.publicKey(hotSeed),
      onionRoot: options.onionRoot ?? new Uint8Array(32),
    })
    const bytes = appendSignature(signed, await this.#signer.sign(signed, SIGN_CONTEXT.certificate))
    const certificate = parseCertificate(kernels.blake3, bytes)
    if (!certificate) throw new HyphaeError('INTERNAL', 'the signer answered a signature of an impossible length')
    this.#lastSeq = seq
    return { certificate, chain: this.#chain(bytes), decapsulator, staticSeed, hotSeed }
  }

  async #rotate(after: Signer | 'none' | undefined): Promise<Uint8Array> {
    const { publicKey, random } = this.#ports
    const signer = this.#next
    const n = this.#root.rotation + 1
    if (!signer) throw new HyphaeError('ROTATION_INVALID', 'this identity pre-committed to no further key')
    if (n > LIMITS.maxRotations) throw new HyphaeError('ROTATION_INVALID', `at most ${LIMITS.maxRotations} rotations`)
    const suite = signer.suite as SuiteId
    const last = n === LIMITS.maxRotations
    const next = after === 'none' || last ? undefined : (after ?? localSigner(publicKey, random, suite))
    const signed = writeRotation({
      suite,
      n,
      peerId: this.idBytes,
      previousHash: this.#root.recordHash,
      publicKey: signer.publicKey,
      nextDigest: digestOf(this.#ports, next),
    })
    const record = appendSignature(signed, await signer.sign(signed, SIGN_CONTEXT.rotation))
    const root = nextRoot(cryptoOf(this.#ports), this.#root, record, false)
    if (isRefusal(root)) throw new HyphaeError('ROTATION_INVALID', `the next key does not fit: ${root.reason}`)
    if (isLocal(this.#signer)) this.#signer.free()
    this.#rotations.push(record)
    this.#root = root
    this.#signer = signer
    this.#next = next
    return this.rootChain
  }

  #chain(certificate: Uint8Array | undefined): Uint8Array {
    return writeChain({ inception: this.#inception, rotations: this.#rotations, certificate })
  }

  /** One operation after the other: a rotation between a certificate's making and signing would void it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(work)
    this.#busy = turn.catch(() => undefined)
    return turn
  }
}

function cryptoOf(ports: IdentityPorts): IdentityCrypto {
  return { blake3: ports.kernels.blake3, publicKey: ports.publicKey }
}

function digestOf(ports: IdentityPorts, next: Signer | LocalSigner | undefined): Uint8Array {
  if (!next) return new Uint8Array(32)
  if (!isSuiteId(next.suite)) throw new HyphaeError('INVALID_ARGUMENT', `there is no suite ${next.suite}`)
  checkSigner(next, next.suite)
  return nextRootDigest(ports.kernels.blake3, next.suite, next.publicKey)
}

function staticKeyOf({ decapsulator }: IssueOptions): Decapsulator {
  if (decapsulator?.publicKey.length === XWING.publicKey) return decapsulator
  throw new HyphaeError('INVALID_ARGUMENT', `the public key of the decapsulator has not ${XWING.publicKey} bytes`)
}

function checkSigner(signer: Signer | LocalSigner, suite: SuiteId): void {
  if (signer.suite === suite && signer.publicKey.length === SUITE_SIZES[suite].publicKey) return
  throw new HyphaeError('INVALID_ARGUMENT', `the signer is not one of suite ${suite} (${SUITES[suite].name})`)
}

function isLocal(signer: Signer | LocalSigner): signer is LocalSigner {
  return 'secret' in signer && 'free' in signer
}

/** Runs through the records as a peer would and checks that the keys at hand are those they name. */
function rootOf(ports: IdentityPorts, { inception, rotations, signer, next }: IdentityParts): Root {
  let root = firstRoot(ports.kernels.blake3, inception)
  for (const record of rotations) {
    if (isRefusal(root)) break
    root = nextRoot(cryptoOf(ports), root, record, false)
  }
  if (isRefusal(root)) throw new HyphaeError('IDENTITY_CORRUPT', `the records are broken: ${root.reason}`)
  // A pre-committed key may be kept elsewhere and be missing here; one that is here must be the right one.
  const nextFits = next ? compareBytes(root.nextDigest, digestOf(ports, next)) === 0 : true
  if (compareBytes(root.publicKey, signer.publicKey) !== 0 || !nextFits) {
    throw new HyphaeError('IDENTITY_CORRUPT', 'the keys are not those of the records')
  }
  return root
}

function checkIssue({ networkId, wallMs, lifetimeMs = DEFAULT_LIFETIME_MS }: IssueOptions): number {
  const longest = LIMITS.maxCertificateLifetimeMs - LIMITS.maxClockSkewMs
  if (networkId.length !== 32) throw new HyphaeError('INVALID_ARGUMENT', 'a network id has 32 bytes')
  if (!Number.isSafeInteger(wallMs) || wallMs < 1)
    throw new HyphaeError('INVALID_ARGUMENT', 'wallMs must be whole and positive')
  if (!Number.isSafeInteger(lifetimeMs) || lifetimeMs < 1 || lifetimeMs > longest) {
    throw new HyphaeError('INVALID_ARGUMENT', `lifetimeMs must be 1–${longest}`)
  }
  return lifetimeMs
}
