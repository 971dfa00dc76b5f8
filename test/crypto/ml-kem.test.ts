import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/core/text.js'
import { hasReducedCoefficients, nobleMlKem768 } from '../../src/crypto/ml-kem.js'
import type { MlKem768 } from '../../src/ports/crypto.js'
import { hex, type Result, vectors } from './vectors.js'

interface File {
  keyGen: { seed: string; ek: string }[]
  decapsulate: { tcId: number; seed?: string; ek?: string; c: string; K?: string; result: Result }[]
  encapsulate: { tcId: number; m: string; ek: string; c: string; K: string; result: Result }[]
}

/** The known answers of ML-KEM-768, for any backend. */
export function mlKemAnswers(mlkem: MlKem768): void {
  const file = vectors<File>('mlkem768.json')
  for (const { seed, ek } of file.keyGen) expect(toHex(mlkem.keyPair(hex(seed)).publicKey)).toBe(ek)
  for (const { tcId, seed, c, K, result } of file.decapsulate) {
    if (seed === undefined || result !== 'valid') continue
    expect(toHex(mlkem.keyPair(hex(seed)).decapsulate(hex(c))), `tcId ${tcId}`).toBe(K)
  }
}

describe('ML-KEM-768', () => {
  it('[D32] gives the known answers of Wycheproof', () => {
    mlKemAnswers(nobleMlKem768)
    const file = vectors<File>('mlkem768.json')
    expect(
      file.decapsulate.filter(vector => vector.seed !== undefined && vector.result === 'valid').length,
    ).toBeGreaterThan(4)
    for (const { tcId, m, ek, c, K, result } of file.encapsulate) {
      if (result !== 'valid') continue
      const sent = nobleMlKem768.encapsulate(hex(ek), hex(m))
      expect([toHex(sent.ciphertext), toHex(sent.secret)], `tcId ${tcId}`).toEqual([c, K])
    }
  })

  it('[§6.1] finds the keys whose coefficients exceed the modulus', () => {
    let refused = 0
    for (const { tcId, ek, result } of vectors<File>('mlkem768.json').encapsulate) {
      const key = hex(ek)
      if (key.length !== 1184) continue
      expect(hasReducedCoefficients(key), `tcId ${tcId}`).toBe(result === 'valid')
      if (result !== 'valid') refused++
    }
    expect(refused).toBeGreaterThan(2)
  })
})
