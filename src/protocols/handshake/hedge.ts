import { concat, wipe } from '../../core/bytes.js'
import { LABEL } from '../../crypto/labels.js'
import { XWING } from '../../wire/xwing.js'
import type { HandshakeContext } from './context.js'

const FRESH_BYTES = 64

/**
 * Encapsulates with hedged coins: a broken generator alone does not reveal them, because a key that never leaves the
 * node and the message's own context go in too. A native ML-KEM draws its own; diagnostics tell which it is.
 */
export function encapsulateHedged(
  context: HandshakeContext,
  publicKey: Uint8Array,
  binding: Uint8Array,
): { ciphertext: Uint8Array; secret: Uint8Array } | undefined {
  const coins = hedged(context, binding, publicKey, XWING.coins)
  const result = context.kem.encapsulate(publicKey, coins)
  wipe(coins)
  return result
}

/** Seed of an ephemeral key pair, hedged likewise. The caller wipes it. */
export function hedgedSeed(context: HandshakeContext): Uint8Array {
  return hedged(context, context.networkId, context.networkId, XWING.seed)
}

function hedged(context: HandshakeContext, binding: Uint8Array, extra: Uint8Array, bytes: number): Uint8Array {
  const fresh = context.random.fill(new Uint8Array(FRESH_BYTES))
  const material = concat(context.hedgeKey, fresh, binding, extra)
  const out = context.kernels.blake3.deriveKey(LABEL.hedge, material, bytes)
  wipe(fresh, material)
  return out
}
