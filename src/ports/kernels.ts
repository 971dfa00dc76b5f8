import { type MlKem768 } from './crypto.js'
import { type OnionCells } from './onion-cells.js'
import { type RoutingTable, type RoutingTableOptions } from './routing-table.js'
import { type SeenSet, type SeenSetOptions } from './seen-set.js'

/**
 * One message of an AEAD, as {@link AeadKey.seal} and {@link AeadKey.open} take it. Plain parameters, because an object a
 * message would cost more than the cipher of a short one.
 *
 * - `nonce`: 12 bytes, 24 for XChaCha20-Poly1305; never used twice to seal under one key
 * - `ad`: holds the associated data in `[adFrom, adTo)`; may be the same array as `source` or `target`, not overlapping
 *   what is written
 * - `source`: holds the input in `[from, to)`
 * - `target`, `at`: where the output goes; in place unless given. They may overlap the input only where they are its place.
 */
export type AeadMessage = [
  nonce: Uint8Array,
  ad: Uint8Array,
  adFrom: number,
  adTo: number,
  source: Uint8Array,
  from: number,
  to: number,
  target?: Uint8Array,
  at?: number,
]

/**
 * A key of an AEAD, prepared once and used for many records. Works on the caller's buffers: in place, or from one into
 * another without a copy between.
 * The key is held inside the implementation and wiped by {@link AeadKey.free}.
 */
export interface AeadKey {
  /**
   * Encrypts `source[from, to)` to `target[at, …)` and writes the 16-byte tag behind it; the target must have room for it.
   *
   * @throws HyphaeError INVALID_ARGUMENT when something lies outside its array, before anything is written
   */
  seal(...message: AeadMessage): void
  /**
   * Decrypts `source[from, to)`, whose last 16 bytes are the tag, to `target[at, …)`. The tag is compared in constant time
   * before any plaintext is written; on failure the target is unchanged.
   *
   * @returns whether the tag was right; the plaintext then has `to - from - 16` bytes
   */
  open(...message: AeadMessage): boolean
  /** Wipes the key. Further use throws INTERNAL. */
  free(): void
}

/** ChaCha20-Poly1305 as of RFC 8439, or XChaCha20-Poly1305 as of draft-irtf-cfrg-xchacha. */
export interface Aead {
  /** Prepares a 32-byte key; the array may be wiped afterwards. */
  key(key: Uint8Array): AeadKey
}

/** A key of ChaCha20 without a tag. Whoever can change what was encrypted changes the text unnoticed. */
export interface StreamKey {
  /**
   * Xors `source[from, to)` with the key stream from block `counter` (64 bytes each) on, to `target[at, …)`: in place
   * unless a target is given, which may overlap the input only where it is its place.
   *
   * @param nonce - 12 bytes for ChaCha20 (RFC 8439 §2.4), 24 for XChaCha20
   * @param counter - whole number; the message must end before block 2^32 − 1
   * @throws HyphaeError INVALID_ARGUMENT when something lies outside its array, before anything is written
   */
  xor(
    nonce: Uint8Array,
    counter: number,
    source: Uint8Array,
    from: number,
    to: number,
    target?: Uint8Array,
    at?: number,
  ): void
  /** Wipes the key. Further use throws INTERNAL. */
  free(): void
}

/** ChaCha20 and, with a nonce of 24 bytes, XChaCha20 as plain key streams. */
export interface Stream {
  /** Prepares a 32-byte key; the array may be wiped afterwards. */
  key(key: Uint8Array): StreamKey
}

/** BLAKE3 in its three modes, with extendable output. */
export interface Blake3 {
  /** Hash of `input`, `length` bytes (default 32). */
  hash(input: Uint8Array, length?: number): Uint8Array
  /** Keyed hash under a 32-byte key, `length` bytes (default 32). */
  keyed(key: Uint8Array, input: Uint8Array, length?: number): Uint8Array
  /** Derived key: `context` is a fixed text of the application, `material` the secret; `length` bytes (default 32). */
  deriveKey(context: string, material: Uint8Array, length?: number): Uint8Array
  /** Hash of `input[from, to)`, 32 bytes written to `target[at, at + 32)`: {@link Blake3.hash} without an allocation. */
  hashInto(input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void
  /** Keyed hash of `input[from, to)`, 32 bytes written to `target[at, at + 32)`. */
  keyedInto(key: Uint8Array, input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void
  /**
   * Hashes of many inputs of `itemBytes` bytes each, packed in `items`, in a quarter of the time that one after the other
   * takes.
   *
   * @param target - takes the 32-byte digests, packed; a new array unless given
   * @returns the target
   * @throws HyphaeError INVALID_ARGUMENT when `items` is no whole number of items or the target too short
   */
  hashMany(items: Uint8Array, itemBytes: number, target?: Uint8Array): Uint8Array
  /** The keyed form of {@link Blake3.hashMany}: all items under one 32-byte key. */
  keyedMany(key: Uint8Array, items: Uint8Array, itemBytes: number, target?: Uint8Array): Uint8Array
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

/** Ciphers that no node needs by itself, for what is built on it. */
export interface CipherKernels {
  /** XChaCha20-Poly1305: nonces of 24 bytes, long enough to be drawn at random. */
  readonly xaead: Aead
  /** ChaCha20 and XChaCha20 without a tag. */
  readonly stream: Stream
}

/** All that `loadKernels` gives: what a node works with, and what others may use. */
export interface LoadedKernels extends Kernels, CipherKernels {}
