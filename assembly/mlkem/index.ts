import { KEM } from '../common/memory'
import { wipe } from '../common/wipe'
import { RATE_256, RATE_SHA3_512, SHA3, SHAKE, sponge } from '../keccak/sponge'
import * as at from './layout'
import { expandMatrix } from './matrix'
import { decode12 } from './pack'
import { decrypt, encrypt, generate } from './pke'

// ML-KEM-768, the internal functions of FIPS 203 §6: all randomness comes in. No branch, address or loop bound depends on a
// secret. The façade reads the results and then calls mlkemWipe.

/** Key generation (algorithm 16) from d ‖ z at SEED to DK; the matrix stays at MATRIX. */
export function mlkemKeyGen(): void {
  memory.copy(at.G_IN, at.SEED, 32)
  store<u8>(at.G_IN, 3, 32)
  sponge(at.G_IN, 33, RATE_SHA3_512, SHA3, at.G_OUT, 64)
  expandMatrix(at.G_OUT)
  generate(at.EK, at.DK)
  memory.copy(at.RHO, at.G_OUT, 32)
  sponge(at.EK, 1184, RATE_256, SHA3, at.HASH, 32)
  memory.copy(at.Z, at.SEED + 32, 32)
}

/** Expands the matrix of the key at EK to MATRIX. */
export function mlkemExpand(): void {
  expandMatrix(at.RHO)
}

/** Hashes the key at EK to HASH and decodes it; answers whether it passes the modulus check of §7.2. */
export function mlkemCheck(): bool {
  sponge(at.EK, 1184, RATE_256, SHA3, at.HASH, 32)
  return decode12(at.EK, at.T)
}

/** Encapsulation (algorithm 17) with m at SEED, after mlkemCheck and mlkemExpand: CIPHERTEXT and SHARED. */
export function mlkemEncaps(): void {
  memory.copy(at.G_IN, at.SEED, 32)
  memory.copy(at.G_IN + 32, at.HASH, 32)
  sponge(at.G_IN, 64, RATE_SHA3_512, SHA3, at.G_OUT, 64)
  encrypt(at.G_IN, at.G_OUT + 32, at.CIPHERTEXT)
  memory.copy(at.SHARED, at.G_OUT, 32)
}

/**
 * Decapsulation (algorithm 18) of CIPHERTEXT with the key at DK and its matrix at MATRIX: SHARED, which is J(z ‖ c) where the
 * ciphertext is not what its message encrypts to.
 */
export function mlkemDecaps(): void {
  decrypt(at.DK, at.CIPHERTEXT, at.G_IN)
  memory.copy(at.G_IN + 32, at.HASH, 32)
  sponge(at.G_IN, 64, RATE_SHA3_512, SHA3, at.G_OUT, 64)
  memory.copy(at.J_IN, at.Z, 32)
  sponge(at.J_IN, 32 + at.CIPHERTEXT_BYTES, RATE_256, SHAKE, at.REJECTED, 32)
  decode12(at.EK, at.T)
  encrypt(at.G_IN, at.G_OUT + 32, at.COMPUTED)
  select(differs(at.CIPHERTEXT, at.COMPUTED))
}

/** All ones where the ciphertexts differ in any byte, zero otherwise. */
function differs(a: usize, b: usize): i64 {
  let difference = i64x2.splat(0)
  for (const end = a + at.CIPHERTEXT_BYTES; a < end; a += 16, b += 16) {
    difference = v128.or(difference, v128.xor(v128.load(a), v128.load(b)))
  }
  return -(<i64>v128.any_true(difference))
}

/** SHARED = REJECTED where the mask is set, K at G_OUT otherwise. */
function select(mask: i64): void {
  const rejected = i64x2.splat(mask)
  for (let i: usize = 0; i < 32; i += 16) {
    v128.store(at.SHARED + i, v128.bitselect(v128.load(at.REJECTED + i), v128.load(at.G_OUT + i), rejected))
  }
}

/** Leaves nothing but the matrix behind. */
export function mlkemWipe(): void {
  wipe(KEM, at.MATRIX - KEM)
}
