import { toHex } from '../core/text.js'
import { type Aead, type Blake3 } from '../ports/kernels.js'

/**
 * Rounds of the warm-up, about 1,100 calls into the kernels: by then V8 replaces what its quick compiler made, which is
 * 2.1 times slower, before the first session begins. More rounds only delay the start.
 */
export const SELF_TEST_ROUNDS = 400

/** What {@link selfTestDigest} must give after {@link SELF_TEST_ROUNDS}; a test computes it with the TypeScript fallback. */
export const SELF_TEST_DIGEST = '4abb73f5d7b4749e1f3dc900581ab7cd943cf0de14772454acba0c83c20879fb'

/** Message lengths that reach every path of the kernels: two, three, four and eight blocks, lanes and scalar. */
const LENGTHS = [64, 100, 180, 1024]
const BYTES = 4096 + 100

/**
 * Seals, opens and hashes, each step working on what the last one left, so that one wrong bit anywhere changes the end.
 *
 * @returns hexadecimal digest, or why an opening was wrong
 */
export function selfTestDigest(aead: Aead, blake3: Blake3, rounds: number): string {
  const bytes = new Uint8Array(BYTES)
  for (let i = 0; i < BYTES; i++) bytes[i] = i * 7
  const nonce = new Uint8Array(12)
  const key = aead.key(bytes.subarray(0, 32))
  for (let round = 0; round < rounds; round++) {
    nonce[0] = round
    nonce[1] = round >>> 8
    const to = LENGTHS[round & 3]
    key.seal(nonce, bytes, 4000, 4003 + (round & 7), bytes, 0, to)
    if (round % 16 < 4 && !opens(key, nonce, bytes, round, to)) return `opening failed in round ${round}`
    bytes.set(blake3.hash(bytes.subarray(0, round & 63)), 2000 + (round & 511))
    if (round % 64 === 0) bytes.set(blake3.hash(bytes), 3000 + (round & 511))
  }
  key.free()
  const derived = blake3.deriveKey('hyphae kernels self-test', bytes)
  return toHex(blake3.keyed(derived, bytes))
}

/** A forged message must be refused unchanged, the true one opened; sealed again afterwards. */
function opens(key: ReturnType<Aead['key']>, nonce: Uint8Array, bytes: Uint8Array, round: number, to: number): boolean {
  const adTo = 4003 + (round & 7)
  bytes[to + 3] = bytes[to + 3] ^ 1
  if (key.open(nonce, bytes, 4000, adTo, bytes, 0, to + 16)) return false
  bytes[to + 3] = bytes[to + 3] ^ 1
  if (!key.open(nonce, bytes, 4000, adTo, bytes, 0, to + 16)) return false
  key.seal(nonce, bytes, 4000, adTo, bytes, 0, to)
  return true
}

/** Whether an implementation is right; also warms it up. */
export function passesSelfTest(aead: Aead, blake3: Blake3): boolean {
  return selfTestDigest(aead, blake3, SELF_TEST_ROUNDS) === SELF_TEST_DIGEST
}
