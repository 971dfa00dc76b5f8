import type { Random } from '../ports/random.js'

/** Bytes the generator gives at a time. */
const MAX_BYTES = 65_536

/** The generator of the runtime, by the one interface that all of them have. */
export const systemRandom: Random = {
  fill(out) {
    const bytes = new Uint8Array(out.buffer as ArrayBuffer, out.byteOffset, out.byteLength)
    for (let at = 0; at < bytes.length; at += MAX_BYTES) {
      globalThis.crypto.getRandomValues(bytes.subarray(at, at + MAX_BYTES))
    }
    return out
  },
}
