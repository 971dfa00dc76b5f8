import { readFileSync } from 'node:fs'
import { fromHex } from '../../src/core/text.js'
import type { Random } from '../../src/ports/random.js'

/** A file of known answers under test/vectors. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T
}

/** Bytes of a hexadecimal text. */
export const hex = (text: string): Uint8Array => fromHex(text)

/** A deterministic generator (xorshift32): good enough to make test keys, never for anything else. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1
  return {
    fill(out) {
      for (let i = 0; i < out.length; i++) {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        out[i] = state
      }
      return out
    },
  }
}

/** Verdicts as Project Wycheproof gives them. */
export type Result = 'valid' | 'invalid' | 'acceptable'
