import type { Fallback } from '../load.js'
import { fallbackAead } from './aead.js'
import { fallbackBlake3 } from './blake3.js'
import { fallbackOnion } from './onion.js'
import { fallbackTables } from './tables/index.js'

/** What answers where WebAssembly is refused. */
export const fallback: Fallback = {
  aead: fallbackAead,
  blake3: fallbackBlake3,
  onion: fallbackOnion,
  tables: fallbackTables,
}
