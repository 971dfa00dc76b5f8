import { STATE, STREAM } from '../common/memory'
import { xor2 } from '../chacha20/xor2.generated'
import { xor3 } from '../chacha20/xor3.generated'
import { xor4 } from '../chacha20/xor4.generated'
import { xor8 } from '../chacha20/xor8.generated'
import { xor9 } from '../chacha20/xor9.generated'

/** Bytes of a message covered by STREAM, whose first block makes the Poly1305 key. */
export const HEAD_BYTES: u32 = 448

/** Completes STATE, whose key words the façade has written. */
export function setNonce(n0: u32, n1: u32, n2: u32): void {
  v128.store(STATE, i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574))
  store<u32>(STATE, n0, 52)
  store<u32>(STATE, n1, 56)
  store<u32>(STATE, n2, 60)
}

/** Makes block 0 and as much of the key stream behind it as a message of `length` bytes needs, at most STREAM. */
export function makeHead(length: u32): void {
  if (length <= 64) xor2(STREAM, 0)
  else if (length <= 128) xor3(STREAM, 0)
  else if (length <= 192) xor4(STREAM, 0)
  else xor8(STREAM, 0)
}

/** Xors the first bytes of a message with what {@link makeHead} made; whole vectors, so up to 15 bytes past the end. */
export function xorHead(at: usize, length: u32): void {
  const end = at + (length < HEAD_BYTES ? length : HEAD_BYTES)
  for (let from = STREAM + 64; at < end; at += 16, from += 16) v128.store(at, v128.xor(v128.load(at), v128.load(from)))
}

/** Xors `length` bytes with the key stream from block `counter` on; whole blocks, so up to 511 bytes past the end. */
export function xorBody(at: usize, length: i32, counter: u32): void {
  for (; length > 256; length -= 512, at += 512, counter += 8) {
    if (length > 512 && length <= 576) {
      xor9(at, counter)
      return
    }
    xor8(at, counter)
  }
  if (length > 192) xor4(at, counter)
  else if (length > 128) xor3(at, counter)
  else if (length > 0) xor2(at, counter)
}
