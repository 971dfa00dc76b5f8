import { bytes as bytesOf } from '../inputs.mjs'

/** Hashes by a Blake3 of hyphae: one into an array of its own as the peers answer it, many into an array used again. */
export const hashOperations = blake3 => ({
  hash({ bytes }) {
    const input = bytesOf(bytes)
    return () => blake3.hash(input)
  },
  hashMany({ bytes, count }) {
    const items = bytesOf(bytes * count)
    const digests = new Uint8Array(32 * count)
    return () => blake3.hashMany(items, bytes, digests)
  },
})
