import { asChacha } from './as-chacha.mjs'
import { hashWasm } from './hash-wasm.mjs'
import { jsSet } from './js-set.mjs'
import { kBucket } from './k-bucket.mjs'
import { liboqs } from './liboqs.mjs'
import { libsodium } from './libsodium.mjs'
import { noble } from './noble.mjs'
import { nodeCrypto } from './node-crypto.mjs'
import { plainJs } from './plain-js.mjs'
import { sortedArray } from './sorted-array.mjs'

/**
 * @typedef {object} Implementation
 * @property {string} name in tables
 * @property {string} [package] where it is one of bench/peers, which may not be installed
 * @property {('node' | 'browser')[]} runtimes where it exists
 * @property {() => Promise<Record<string, (parameters: object) => () => unknown>>} load gives operations by the name that
 *   rows use; each prepares its inputs and answers the work of one call
 */

/** Everything that hyphae is measured against, in the order of the columns. */
export const peers = [nodeCrypto, noble, libsodium, asChacha, hashWasm, liboqs, plainJs, sortedArray, kBucket, jsSet]

/**
 * Loads what exists in a runtime.
 *
 * @param {'node' | 'browser'} runtime
 * @returns {Promise<{ loaded: { name: string, operations: object }[], missing: { name: string, reason: string }[] }>}
 */
export async function loadPeers(runtime, list = peers) {
  const loaded = []
  const missing = []
  for (const peer of list.filter(({ runtimes }) => runtimes.includes(runtime))) {
    try {
      loaded.push({ name: peer.name, operations: await peer.load() })
    } catch (error) {
      missing.push({ name: peer.name, reason: reasonOf(error) })
    }
  }
  return { loaded, missing }
}

const reasonOf = error =>
  error?.code === 'ERR_MODULE_NOT_FOUND' ? 'its package is not installed' : String(error?.message ?? error)
