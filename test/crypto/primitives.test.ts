import { describe, expect, it } from 'vitest'
import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import { seededRandom } from './vectors.js'
import { knownAnswers } from './known-answers.js'

describe('public-key primitives in TypeScript', () => {
  const crypto = noblePublicKeyCrypto(seededRandom(1))

  knownAnswers(crypto)

  it('says who answers', () => {
    expect(crypto.kem.backends).toEqual({ mlkem768: 'noble', x25519: 'noble' })
    expect(crypto.kem.takesCoins).toBe(true)
  })
})
