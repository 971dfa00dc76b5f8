import { blake3 } from '@noble/hashes/blake3.js'
import { utf8 } from '../../core/text.js'
import { type Blake3 } from '../../ports/kernels.js'
import { checkBatch, checkRange, DIGEST_BYTES } from '../batch.js'
import { checkKey } from '../key.js'
import { checkOutputLength } from '../output.js'

/** BLAKE3 where WebAssembly is refused: @noble/hashes. */
export const fallbackBlake3: Blake3 = {
  hash(input, length = DIGEST_BYTES) {
    checkOutputLength(length)
    return blake3(input, { dkLen: length })
  },
  keyed(key, input, length = DIGEST_BYTES) {
    checkOutputLength(length)
    checkKey(key)
    return blake3(input, { key, dkLen: length })
  },
  deriveKey(context, material, length = DIGEST_BYTES) {
    checkOutputLength(length)
    return blake3(material, { context: utf8(context), dkLen: length })
  },
  hashInto(input, from, to, target, at) {
    checkRange(input, from, to, target, at)
    target.set(blake3(input.subarray(from, to)), at)
  },
  keyedInto(key, input, from, to, target, at) {
    checkRange(input, from, to, target, at)
    checkKey(key)
    target.set(blake3(input.subarray(from, to), { key }), at)
  },
  hashMany(items, itemBytes, target) {
    return eachOf(items, itemBytes, target, {})
  },
  keyedMany(key, items, itemBytes, target) {
    checkKey(key)
    return eachOf(items, itemBytes, target, { key })
  },
}

function eachOf(
  items: Uint8Array,
  itemBytes: number,
  target: Uint8Array | undefined,
  options: { key?: Uint8Array },
): Uint8Array {
  const out = checkBatch(items, itemBytes, target)
  for (let from = 0, at = 0; from < items.length; from += itemBytes, at += DIGEST_BYTES) {
    out.set(blake3(items.subarray(from, from + itemBytes), options), at)
  }
  return out
}
