import { BUFFER, STATE, STATE_KEY } from '../common/memory'
import { hchacha } from '../chacha20/hchacha.generated'
import { wipe } from '../common/wipe'
import { setNonce, xorBody } from './stream'

// ChaCha20 without a tag, and the first step of everything with an extended nonce. The façade writes the key into STATE.

/** Replaces the key in STATE by the one of XChaCha20 for the first 16 bytes of its nonce; the other 8 follow a zero. */
export function chachaExtend(n0: u32, n1: u32, n2: u32, n3: u32): void {
  setNonce(n1, n2, n3)
  store<u32>(STATE, n0, 48)
  hchacha()
}

/** Xors `length` bytes of BUFFER with the key stream from block `counter` on; wipes the key and key stream to spare. */
export function chachaXor(n0: u32, n1: u32, n2: u32, length: u32, counter: u32): void {
  setNonce(n0, n1, n2)
  xorBody(BUFFER, length, counter)
  wipe(STATE_KEY, 32)
  // Whole blocks were written: what is behind the end may be the key stream of the next call.
  const end = BUFFER + length
  const edge = (end + 15) & ~15
  for (let at = end; at < edge; at++) store<u8>(at, 0)
  wipe(edge, length <= 128 ? 128 : 256)
}
