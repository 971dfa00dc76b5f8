/** Optional compression of message bodies, such as deflate-raw of the runtime. */
export interface Compressor {
  /** Name on the wire, agreed in the handshake: `deflate-raw`. */
  readonly name: string
  /** Compresses; the caller keeps the original when the result is not smaller. */
  compress(input: Uint8Array): Uint8Array
  /** Decompresses; undefined when the input is corrupt or the output would exceed `maxBytes` (bombs stop there). */
  decompress(input: Uint8Array, maxBytes: number): Uint8Array | undefined
}
