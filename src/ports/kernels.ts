import { type MlKem768 } from './crypto.js'
import { type OnionCells } from './onion-cells.js'
import { type RoutingTable, type RoutingTableOptions } from './routing-table.js'
import { type SeenSet, type SeenSetOptions } from './seen-set.js'

/**
 * A key of an AEAD, prepared once and used for many records. Works in place on the caller's buffer.
 * The key is held inside the implementation and wiped by {@link AeadKey.free}.
 */
export interface AeadKey {
  /**
   * Encrypts `buffer[from, to)` in place and writes the 16-byte tag at `to`; the buffer must have room for it.
   *
   * @param nonce - 12 bytes, never used twice under one key
   * @param ad - holds the associated data in `[adFrom, adTo)`; may be the same array as `buffer`, not overlapping `[from, to + 16)`
   */
  seal(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void
  /**
   * Decrypts `buffer[from, to)`, whose last 16 bytes are the tag, in place. The tag is compared in constant time before
   * any plaintext is written; on failure the buffer is unchanged.
   *
   * @returns whether the tag was right; the plaintext is then at `[from, to - 16)`
   */
  open(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): boolean
  /** Wipes the key. Further use throws INTERNAL. */
  free(): void
}

/** ChaCha20-Poly1305 as of RFC 8439. */
export interface Aead {
  /** Prepares a 32-byte key; the array may be wiped afterwards. */
  key(key: Uint8Array): AeadKey
}

/** BLAKE3 in its three modes, with extendable output. */
export interface Blake3 {
  /** Hash of `input`, `length` bytes (default 32). */
  hash(input: Uint8Array, length?: number): Uint8Array
  /** Keyed hash under a 32-byte key, `length` bytes (default 32). */
  keyed(key: Uint8Array, input: Uint8Array, length?: number): Uint8Array
  /** Derived key: `context` is a fixed text of the application, `material` the secret; `length` bytes (default 32). */
  deriveKey(context: string, material: Uint8Array, length?: number): Uint8Array
}

/** Tables that peers fill. Each is a handle that its owner frees; it shares nothing with any other. */
export interface TableKernels {
  /**
   * A new routing table.
   *
   * @throws HyphaeError INVALID_ARGUMENT for options out of range, LIMIT_EXCEEDED when there is no memory
   */
  routing(options: RoutingTableOptions): RoutingTable
  /**
   * A new seen-set.
   *
   * @throws HyphaeError INVALID_ARGUMENT for options out of range, LIMIT_EXCEEDED when there is no memory
   */
  seen(options: SeenSetOptions): SeenSet
}

/** The accelerated primitives a node works with; WebAssembly, native or TypeScript, with equal results. */
export interface Kernels {
  readonly aead: Aead
  readonly blake3: Blake3
  readonly onion: OnionCells
  /**
   * ML-KEM-768 in WebAssembly, tested when first asked for; undefined where WebAssembly is refused, failed that test or was
   * forced off. A platform takes it where it has no native one.
   */
  readonly mlkem768?: MlKem768 | undefined
  readonly tables: TableKernels
  /** Which implementation answers, for diagnostics: for instance `{ aead: 'wasm', blake3: 'wasm' }`. */
  readonly backends: Readonly<Record<string, string>>
}
