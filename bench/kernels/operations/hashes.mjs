import { bytes as bytesOf } from '../inputs.mjs'

/** Hashes by a Blake3 of hyphae. */
export const hashOperations = blake3 => ({
  hash({ bytes }) {
    const input = bytesOf(bytes)
    return () => blake3.hash(input)
  },
})
