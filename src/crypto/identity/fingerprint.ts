import type { Blake3 } from '../../ports/kernels.js'
import { IDENTITY_LABEL } from './labels.js'

const GROUPS = 12
const GROUP_BYTES = 5
const GROUP_VALUES = 100_000

/**
 * A peer id as people compare it aloud: twelve groups of five digits. Each group is 40 bits of
 * `derive_key("hyphae/1 fingerprint", peerId)` modulo 100,000, so the whole carries 199 bits, and two ids that differ in a
 * single bit differ in nearly every group.
 *
 * @param peerId - 32 bytes
 */
export function fingerprint(blake3: Blake3, peerId: Uint8Array): string {
  const bytes = blake3.deriveKey(IDENTITY_LABEL.fingerprint, peerId, GROUPS * GROUP_BYTES)
  const groups: string[] = []
  for (let at = 0; at < bytes.length; at += GROUP_BYTES) {
    let value = 0
    for (let i = 0; i < GROUP_BYTES; i++) value = value * 256 + bytes[at + i]
    groups.push(String(value % GROUP_VALUES).padStart(5, '0'))
  }
  return groups.join(' ')
}
