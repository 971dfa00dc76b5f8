import { describe, expect, it } from 'vitest'
import { asyncDecapsulator } from '../../../src/node/host/async-decapsulator.js'

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

describe('a decapsulator that answers later', () => {
  const publicKey = new Uint8Array(1216)

  it('hands over a copy of the ciphertext and answers once', async () => {
    const seen: Uint8Array[] = []
    const answers: (Uint8Array | undefined)[] = []
    const decapsulator = asyncDecapsulator(publicKey, ciphertext => {
      seen.push(ciphertext)
      return Promise.resolve(new Uint8Array(32).fill(7))
    })
    const ciphertext = new Uint8Array(1120).fill(1)
    expect(decapsulator.decapsulate(ciphertext, secret => answers.push(secret))).toBeUndefined()
    ciphertext.fill(0)
    expect(answers).toEqual([])
    await settled()
    expect(answers).toEqual([new Uint8Array(32).fill(7)])
    expect(seen).toEqual([new Uint8Array(1120).fill(1)])
  })

  it('answers undefined where the key refuses, fails or throws', async () => {
    const answers: (Uint8Array | undefined)[] = []
    const failures = [
      () => Promise.resolve(undefined),
      () => Promise.reject(new Error('unplugged')),
      () => {
        throw new Error('unplugged')
      },
    ]
    for (const fail of failures) {
      asyncDecapsulator(publicKey, fail).decapsulate(new Uint8Array(1120), secret => answers.push(secret))
    }
    await settled()
    expect(answers).toEqual([undefined, undefined, undefined])
  })

  it('gives nothing away after it was freed', async () => {
    const answers: (Uint8Array | undefined)[] = []
    const decapsulator = asyncDecapsulator(publicKey, () => Promise.resolve(new Uint8Array(32)))
    expect(decapsulator.publicKey).toBe(publicKey)
    decapsulator.decapsulate(new Uint8Array(1120), secret => answers.push(secret))
    decapsulator.free()
    await settled()
    expect(answers).toEqual([undefined])
    expect(decapsulator.decapsulate(new Uint8Array(1120), secret => answers.push(secret))).toBe(false)
  })
})
