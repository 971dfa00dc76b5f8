import { blake3 } from '@noble/hashes/blake3.js'
import { utf8 } from '../../core/text.js'
import { type Blake3 } from '../../ports/kernels.js'
import { checkKey } from '../key.js'
import { checkOutputLength } from '../output.js'

const HASH_BYTES = 32

/** BLAKE3 where WebAssembly is refused: @noble/hashes. */
export const fallbackBlake3: Blake3 = {
  hash(input, length = HASH_BYTES) {
    checkOutputLength(length)
    return blake3(input, { dkLen: length })
  },
  keyed(key, input, length = HASH_BYTES) {
    checkOutputLength(length)
    checkKey(key)
    return blake3(input, { key, dkLen: length })
  },
  deriveKey(context, material, length = HASH_BYTES) {
    checkOutputLength(length)
    return blake3(material, { context: utf8(context), dkLen: length })
  },
}
