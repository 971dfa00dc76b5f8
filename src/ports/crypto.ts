/**
 * X-Wing, the only KEM of the handshake. Synchronous: the platform chooses the fastest correct parts (native X25519 and
 * ML-KEM where there are any, noble elsewhere).
 */
export interface Kem {
  /** Which primitives answer, for diagnostics: `x25519: 'node:crypto', mlkem: 'noble'`. */
  readonly backends: Readonly<Record<string, string>>
  /**
   * Whether the ML-KEM half uses the coins given to {@link Kem.encapsulate}. Native ones draw their own; the X25519
   * half always uses them.
   */
  readonly takesCoins: boolean
  /**
   * Key pair from a 32-byte seed. `decapsulator` keeps the expanded key; the seed may be wiped afterwards.
   *
   * @throws HyphaeError INVALID_ARGUMENT for another length
   */
  keyPair(seed: Uint8Array): { publicKey: Uint8Array; decapsulator: Decapsulator }
  /**
   * Encapsulates to a public key.
   *
   * @param coins - 64 bytes of (hedged) randomness: 32 for ML-KEM, 32 for the X25519 ephemeral; the implementation's own generator when absent
   * @returns undefined where the key has another length, fails the input checks of FIPS 203 (a coefficient ≥ q) or its X25519 half is of low order
   */
  encapsulate(publicKey: Uint8Array, coins?: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array } | undefined
}

/**
 * Holder of a KEM secret key, which may live in an HSM or in WebCrypto. Answers at once or, where it cannot, returns
 * `undefined` and calls `later` when done.
 */
export interface Decapsulator {
  /** The public key, 1216 bytes. */
  readonly publicKey: Uint8Array
  /**
   * @param ciphertext - 1120 bytes; a wrong one yields a pseudo-random secret (implicit rejection), never an error
   * @param later - called exactly once when the method returned undefined; `undefined` there means the key is gone or the input was refused
   * @returns 32 bytes, `false` where the input is refused (length, low-order X25519), or `undefined` when `later` will be called
   */
  decapsulate(ciphertext: Uint8Array, later: (secret: Uint8Array | undefined) => void): Uint8Array | false | undefined
  /** Wipes the key where it is held here. */
  free(): void
}

/** Holder of a composite root key; may live in an HSM, hence asynchronous. Used to issue certificates, never online. */
export interface Signer {
  /** Suite number of the identity: 1, 2 or 3. */
  readonly suite: number
  /** Composite public key as in the inception record. */
  readonly publicKey: Uint8Array
  /** Signs `message` under `context` (≤ 255 bytes). */
  sign(message: Uint8Array, context: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A prepared X25519 secret key. */
export interface X25519Key {
  readonly publicKey: Uint8Array
  /** Shared secret, or undefined where the public key has another length or is of low order (all-zero result). */
  shared(publicKey: Uint8Array): Uint8Array | undefined
  /** Wipes the key. */
  free(): void
}

/** X25519 of RFC 7748. */
export interface X25519 {
  readonly backend: string
  /** Prepares a 32-byte secret, for one exchange or many; the array may be wiped afterwards. */
  key(secret: Uint8Array): X25519Key
}

/** An expanded ML-KEM-768 secret key. */
export interface MlKemKey {
  /** 1184 bytes. */
  readonly publicKey: Uint8Array
  /** Secret of a 1088-byte ciphertext, with implicit rejection. */
  decapsulate(ciphertext: Uint8Array): Uint8Array
  /** Wipes the key. */
  free(): void
}

/** ML-KEM-768 of FIPS 203. */
export interface MlKem768 {
  readonly backend: string
  /** Whether `encapsulate` uses the given coins instead of drawing its own. */
  readonly takesCoins: boolean
  /** Key of a 64-byte seed (d ‖ z). */
  keyPair(seed: Uint8Array): MlKemKey
  /** @param publicKey - 1184 bytes whose coefficients the caller has checked to be below q */
  encapsulate(publicKey: Uint8Array, coins: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array }
}

/** A prepared Ed25519 secret key, for whoever signs often. */
export interface Ed25519Signer {
  readonly publicKey: Uint8Array
  /** 64-byte signature, RFC 8032. */
  sign(message: Uint8Array): Uint8Array
  /** Wipes the key. */
  free(): void
}

/**
 * Ed25519 with one acceptance set on every runtime: canonical A of non-small order, S < ℓ, and
 * `encode([S]B − [k]A) = R` without cofactor, k reduced modulo ℓ.
 */
export interface Ed25519 {
  readonly backend: string
  /** Public key of a 32-byte seed. */
  publicKey(seed: Uint8Array): Uint8Array
  /** 64-byte signature, RFC 8032. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  /** Prepares a seed once for many signatures; the array may be wiped afterwards. */
  signer(seed: Uint8Array): Ed25519Signer
  /** Never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

/** ML-DSA of FIPS 204 in one parameter set. Same inputs, same verdicts, whichever backend. */
export interface MlDsa {
  readonly backend: string
  /** Public key of a 32-byte seed. */
  publicKey(seed: Uint8Array): Uint8Array
  /**
   * Hedged signature under a context of at most 255 bytes.
   *
   * @param random - 32 bytes; native implementations may draw their own
   */
  sign(seed: Uint8Array, message: Uint8Array, context: Uint8Array, random: Uint8Array): Uint8Array
  /** Never throws; malformed hints, keys or lengths are simply false. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, context: Uint8Array): boolean
}

/** NIST P-384: ECDSA with SHA-384 for suite 2, and the exchange. Public keys are uncompressed, 97 bytes. */
export interface P384 {
  readonly backend: string
  /** Public key of a 48-byte secret. */
  publicKey(secret: Uint8Array): Uint8Array
  /** X coordinate of the shared point (48 bytes), or undefined for a key that is no point of the curve. */
  shared(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  /** ECDSA signature in DER. */
  sign(secret: Uint8Array, message: Uint8Array): Uint8Array
  /** Verifies a signature in strict DER. Never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

/** SLH-DSA-SHA2-128s of FIPS 205, for roots that stay offline: a signature takes about a second in software. */
export interface SlhDsa {
  readonly backend: string
  /** The 64-byte secret key of a 48-byte seed; its last 32 bytes are the public key. */
  secretKey(seed: Uint8Array): Uint8Array
  /** @param random - 16 bytes */
  sign(secretKey: Uint8Array, message: Uint8Array, context: Uint8Array, random: Uint8Array): Uint8Array
  /** Never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, context: Uint8Array): boolean
}

/** What root suites 2 and 3 need beyond suite 1. A lean platform (browsers, workerd) comes without. */
export interface SuitePrimitives {
  /** With `mldsa87`: suite 2. */
  readonly p384: P384
  readonly mldsa87: MlDsa
  /** Suite 3. */
  readonly slhdsa128s: SlhDsa
}

/** The public-key primitives of a platform, chosen by probe. */
export interface PublicKeyCrypto extends Partial<SuitePrimitives> {
  readonly kem: Kem
  readonly x25519: X25519
  readonly ed25519: Ed25519
  readonly mldsa65: MlDsa
}

/** A platform's primitives with those of every root suite. */
export type FullPublicKeyCrypto = PublicKeyCrypto & SuitePrimitives
