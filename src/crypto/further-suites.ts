import type { SuitePrimitives } from '../ports/crypto.js'
import { nobleMlDsa87 } from './ml-dsa.js'
import { nobleP384 } from './p384.js'
import { nobleSlhDsa128s } from './slh-dsa.js'

/**
 * What root suites 2 (ML-DSA-87 + ECDSA P-384) and 3 (SLH-DSA-SHA2-128s) need, in TypeScript. Node, Deno and Bun bring
 * their own; browsers and edge workers leave them out, because each costs a download, and refuse peers with such a root
 * (SUITE_UNAVAILABLE) until they are given these.
 *
 * @example
 * ```ts
 * import { createNode } from 'hyphae'
 * import { suites } from 'hyphae/suites'
 *
 * const node = await createNode({ suites })
 * ```
 */
export const suites: SuitePrimitives = {
  p384: nobleP384,
  mldsa87: nobleMlDsa87,
  slhdsa128s: nobleSlhDsa128s,
}
