import { decode10, decode4, encode10, encode4 } from './compress'
import { E, ENTRY, FACTOR, G_OUT, MATRIX, POLY, RHO, S, SUM, T, V } from './layout'
import { factor, scalarProduct } from './multiply'
import { noise2 } from './noise'
import { inverseNtt, ntt } from './ntt'
import { addMessage, decode12, encode12, encodeMessage } from './pack'

// K-PKE of FIPS 203 §5 with k = 3, η1 = η2 = 2, du = 10, dv = 4. The matrix is expanded by the caller.

/** Adds the polynomial at `from` to the one at `to`. */
function add(to: usize, from: usize): void {
  for (const end = to + POLY; to < end; to += 16, from += 16) v128.store(to, i16x8.add(v128.load(to), v128.load(from)))
}

/** Key generation (algorithm 13) from ρ ‖ σ at G_OUT, without ρ itself: t to `ek`, s to `dk`. */
export function generate(ek: usize, dk: usize): void {
  for (let n: u32 = 0; n < 6; n += 2) noise2(G_OUT + 32, n, S + POLY * n, n + 1, S + POLY * (n + 1))
  for (let i: usize = 0; i < 6; i++) ntt(S + POLY * i)
  factor(S)
  // The last encoding overwrites four bytes behind it, so the one in front comes first.
  for (let i: usize = 0; i < 3; i++) encode12(S + POLY * i, dk + 384 * i)
  for (let i: usize = 0; i < 3; i++) {
    const row = MATRIX + 3 * ENTRY * i
    scalarProduct(row, row + ENTRY, row + 2 * ENTRY)
    add(SUM, E + POLY * i)
    encode12(SUM, ek + 384 * i)
  }
}

/** Encryption (algorithm 14) of `message` with `coins`, 32 bytes each, under t at T; the ciphertext comes to `to`. */
export function encrypt(message: usize, coins: usize, to: usize): void {
  for (let n: u32 = 0; n < 6; n += 2) noise2(coins, n, S + POLY * n, n + 1, S + POLY * (n + 1))
  noise2(coins, 6, V, 6, V)
  for (let i: usize = 0; i < 3; i++) ntt(S + POLY * i)
  factor(S)
  for (let i: usize = 0; i < 3; i++) {
    const column = MATRIX + ENTRY * i
    scalarProduct(column, column + 3 * ENTRY, column + 6 * ENTRY)
    inverseNtt(SUM)
    add(SUM, E + POLY * i)
    encode10(SUM, to + 320 * i)
  }
  scalarProduct(T, T + POLY, T + 2 * POLY)
  inverseNtt(SUM)
  add(V, SUM)
  addMessage(message, V)
  encode4(V, to + 960)
}

/** Decryption (algorithm 15) of `ciphertext` with s encoded at `dk`; 32 bytes to `message`. */
export function decrypt(dk: usize, ciphertext: usize, message: usize): void {
  for (let i: usize = 0; i < 3; i++) {
    decode10(ciphertext + 320 * i, S + POLY * i)
    ntt(S + POLY * i)
  }
  factor(S)
  decode12(dk, T)
  scalarProduct(T, T + POLY, T + 2 * POLY)
  inverseNtt(SUM)
  decode4(ciphertext + 960, V)
  for (let at: usize = 0; at < POLY; at += 16) v128.store(V + at, i16x8.sub(v128.load(V + at), v128.load(SUM + at)))
  encodeMessage(V, message)
}
