/** Bytes of X-Wing keys, ciphertexts, seeds and secrets (draft-connolly-cfrg-xwing-kem). */
export const XWING = { publicKey: 1216, ciphertext: 1120, seed: 32, secret: 32 } as const

/**
 * X-Wing, the only KEM of the handshake. Synchronous: the platform chooses the fastest correct parts (native X25519 and
 * ML-KEM where there are any, noble elsewhere).
 */
export interface Kem {
  /** Which primitives answer, for diagnostics: `x25519: 'node:crypto', mlkem: 'noble'`. */
  readonly backends: Readonly<Record<string, string>>
  /** Key pair from a 32-byte seed. `decapsulator` keeps the expanded key. */
  keyPair(seed: Uint8Array): { publicKey: Uint8Array; decapsulator: Decapsulator }
  /**
   * Encapsulates to a public key.
   *
   * @returns undefined where the key fails the input checks of FIPS 203 (a coefficient ≥ q) or its X25519 half is of low order
   */
  encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array } | undefined
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
   * @returns 32 bytes, `false` where the input is refused (low-order X25519), or `undefined` when `later` will be called
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

/** Ed25519 with one acceptance set on every runtime (canonical A of non-small order, S < ℓ, cofactorless). */
export interface Ed25519 {
  readonly backend: string
  /** Public key of a 32-byte seed. */
  publicKey(seed: Uint8Array): Uint8Array
  /** 64-byte signature, RFC 8032. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  /** Never throws. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

/** Native signature parts a platform may offer; noble where absent. Same inputs, same results. */
export interface MlDsa {
  readonly backend: string
  /** Never throws; malformed hints, keys or lengths are simply false. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, context: Uint8Array): boolean
}

/** The public-key primitives of a platform, chosen by probe. */
export interface PublicKeyCrypto {
  readonly kem: Kem
  readonly ed25519: Ed25519
  readonly mldsa65: MlDsa
  readonly mldsa87: MlDsa
}
