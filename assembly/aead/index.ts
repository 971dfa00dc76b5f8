import { BUFFER, COMPUTED, STREAM, TAG } from '../common/memory'
import { finish, start } from '../poly1305/scalar'
import { HEAD_BYTES, makeHead, setNonce, xorBody, xorHead } from './stream'
import { absorbLengths, absorbPadded, tagIsRight, wipeSecrets } from './tag'

// ChaCha20-Poly1305 of RFC 8439. The façade writes the key into STATE and the input into BUFFER; every call that ends a
// message wipes all secrets again.

/** Seals in one call: BUFFER holds the associated data, padded to 16, then the text; the tag is written behind it. */
export function aeadSeal(n0: u32, n1: u32, n2: u32, adLength: u32, length: u32): void {
  const data = BUFFER + ((<usize>adLength + 15) & ~15)
  setNonce(n0, n1, n2)
  makeHead(length)
  xorHead(data, length)
  if (length > HEAD_BYTES) xorBody(data + HEAD_BYTES, length - HEAD_BYTES, 8)
  start(STREAM)
  absorbPadded(BUFFER, adLength)
  absorbPadded(data, length)
  absorbLengths(adLength, length)
  finish(data + length)
  wipeSecrets(adLength | length)
}

/**
 * Opens in one call; `length` counts the text without the tag that follows it. The tag is compared before a byte of
 * plaintext comes about. Answers whether it was right; BUFFER then holds the plaintext.
 */
export function aeadOpen(n0: u32, n1: u32, n2: u32, adLength: u32, length: u32): bool {
  const data = BUFFER + ((<usize>adLength + 15) & ~15)
  v128.store(TAG, v128.load(data + length))
  setNonce(n0, n1, n2)
  makeHead(length)
  start(STREAM)
  absorbPadded(BUFFER, adLength)
  absorbPadded(data, length)
  absorbLengths(adLength, length)
  finish(COMPUTED)
  const right = tagIsRight()
  if (right) {
    xorHead(data, length)
    if (length > HEAD_BYTES) xorBody(data + HEAD_BYTES, length - HEAD_BYTES, 8)
  }
  wipeSecrets(adLength | length)
  return right
}

/** Begins a message that does not fit into BUFFER; pieces of a multiple of 512 bytes follow. */
export function aeadBegin(n0: u32, n1: u32, n2: u32): void {
  setNonce(n0, n1, n2)
  makeHead(0)
  start(STREAM)
}

/** Absorbs a piece of associated data or ciphertext in BUFFER; only the last of each may be no multiple of 16. */
export function aeadAbsorb(length: u32): void {
  absorbPadded(BUFFER, length)
}

/** Xors a piece in BUFFER; `counter` is 1 plus the blocks before it. */
export function aeadXor(length: u32, counter: u32): void {
  xorBody(BUFFER, length, counter)
}

/** Computes the tag of a message in pieces and answers whether it equals TAG. The key stays for {@link aeadXor}. */
export function aeadTag(adLength: u32, length: u32): bool {
  absorbLengths(adLength, length)
  finish(COMPUTED)
  return tagIsRight()
}

/** Ends a message in pieces. */
export function aeadEnd(): void {
  wipeSecrets(u32.MAX_VALUE)
}
