import { KEM } from '../common/memory'

// Where ML-KEM keeps what, inside KEM. A polynomial has 256 coefficients of 16 bits; vectors of three follow each other.
// All in front of the matrix is wiped after a call; the matrix itself comes from a public key.

/** Bytes of a polynomial. */
export const POLY: usize = 512
/** Bytes of an entry of the matrix: rejection sampling writes up to seven coefficients too many. */
export const ENTRY: usize = 528

/** Input of a key generation, d ‖ z (64 bytes), or the coins m of an encapsulation (32). */
export const SEED: usize = KEM + 0x800
/** Input of G: d ‖ 3 or m ‖ H(ek). */
export const G_IN: usize = KEM + 0x840
/** Output of G: ρ ‖ σ or K ‖ r. */
export const G_OUT: usize = KEM + 0x880
/** The shared secret; 32 bytes. */
export const SHARED: usize = KEM + 0x8c0
/** The secret of implicit rejection, J(z ‖ c); 32 bytes. */
export const REJECTED: usize = KEM + 0x8e0

/** s of a key or y of an encryption. */
export const S: usize = KEM + 0xa00
/** e or e1. */
export const E: usize = KEM + 0x1000
/** e2, then v; or w of a decryption. */
export const V: usize = KEM + 0x1600
/** A vector as factor of many products: both forms of each polynomial (multiply.ts). */
export const FACTOR: usize = KEM + 0x1800
/** A sum of products. */
export const SUM: usize = KEM + 0x2400
/** t of a public key, or s of a secret key, as decoded. */
export const T: usize = KEM + 0x2600

/** z beside the ciphertext: the input of J. */
export const J_IN: usize = KEM + 0x3000
export const CIPHERTEXT: usize = J_IN + 32
/** The ciphertext that a decapsulation computes anew. */
export const COMPUTED: usize = KEM + 0x3500
export const CIPHERTEXT_BYTES: u32 = 1088

/** Decapsulation key of FIPS 203 algorithm 16: s (1152), encapsulation key (1184), H(ek) (32), z (32). */
export const DK: usize = KEM + 0x3a00
export const EK: usize = DK + 1152
export const RHO: usize = EK + 1152
export const HASH: usize = DK + 2336
export const Z: usize = DK + 2368
/** The matrix Â, row by row; right behind the key, so that both are held and brought back in one piece. */
export const MATRIX: usize = DK + 2400
/** For each set of accepted lanes the byte indexes that move them to the front; made at the first use. */
export const PACKING: usize = KEM + 0x5600
