import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Compressor } from '../../ports/compressor.js'

/** Raw deflate (RFC 1951) of Node, and of Deno and Bun through their `node:zlib`. */
export const nodeDeflate: Compressor = {
  name: 'deflate-raw',
  compress: input => view(deflateRawSync(input, { level: 1 })),
  decompress(input, maxBytes) {
    try {
      return view(inflateRawSync(input, { maxOutputLength: maxBytes }))
    } catch {
      // Corrupt, or longer than allowed: inflation stopped at that point.
      return undefined
    }
  },
}

/** A Buffer's own methods differ from those of Uint8Array; nobody above shall meet one. */
function view(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
