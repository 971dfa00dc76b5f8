import { wipe } from '../common/wipe'
import { hchacha20, xorStream } from './chacha.generated'
import { xorHash } from './hash.generated'
import { HEAD_BYTES, KEYS, LANES, STREAM_KEY, SUBKEYS } from './layout'
import { toLanes } from './lanes'

const BODY: usize = LANES + HEAD_BYTES
/** Bytes of R in its last block of 64: cells are multiples of 512 bytes, L takes 24. */
const LAST_BYTES: u32 = 40

/** R ^= XChaCha20(key, nonce L). The last block is longer than R: what lies behind is zero again for the hash. */
function streamRound(key: usize, cellBytes: u32): void {
  hchacha20(key, LANES, STREAM_KEY)
  xorStream(BODY, cellBytes >> 6, STREAM_KEY, LANES + 64)
  wipe(LANES + ((<usize>cellBytes) << 2), HEAD_BYTES)
}

/** L ^= BLAKE3_keyed(key, R)[:24] */
function hashRound(key: usize, cellBytes: u32): void {
  xorHash(key, BODY, cellBytes >> 6, LAST_BYTES, LANES)
}

/** Brings the sub-keys of four cells into lanes. */
function loadKeys(): void {
  toLanes(SUBKEYS, 128, 128, KEYS)
}

/** LIONESS on the four cells in LANES under the four cells' SUBKEYS: what relays apply. */
export function permute(cellBytes: u32): void {
  loadKeys()
  streamRound(KEYS, cellBytes)
  hashRound(KEYS + 128, cellBytes)
  streamRound(KEYS + 256, cellBytes)
  hashRound(KEYS + 384, cellBytes)
}

/** Its inverse: what clients apply. */
export function invert(cellBytes: u32): void {
  loadKeys()
  hashRound(KEYS + 384, cellBytes)
  streamRound(KEYS + 256, cellBytes)
  hashRound(KEYS + 128, cellBytes)
  streamRound(KEYS, cellBytes)
}
