import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../src/core/errors.js'
import {
  isPeerId,
  parsePeerId,
  PEER_ID_BYTES,
  PEER_ID_CHARS,
  peerIdFromBytes,
  peerIdToBytes,
} from '../../src/core/ids.js'

describe('peer ids', () => {
  it('are 52 characters for 32 bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: PEER_ID_BYTES, maxLength: PEER_ID_BYTES }), bytes => {
        const id = peerIdFromBytes(bytes)
        expect(id).toHaveLength(PEER_ID_CHARS)
        expect(isPeerId(id)).toBe(true)
        expect(parsePeerId(id)).toBe(id)
        expect(peerIdToBytes(id)).toEqual(bytes)
      }),
      { seed: 1 },
    )
  })

  it('refuses what is not one and says what one looks like', () => {
    const good = peerIdFromBytes(new Uint8Array(32).fill(7))
    const bad = [
      '',
      good.slice(1),
      `${good}a`,
      good.toUpperCase(),
      `${good.slice(0, 51)}1`,
      `${good.slice(0, 51)}b`,
      ` ${good}`,
    ]
    for (const text of bad) {
      let caught: unknown
      try {
        parsePeerId(text)
      } catch (error) {
        caught = error
      }
      expect([text, isPeerId(text), isHyphaeError(caught, 'INVALID_ARGUMENT')]).toEqual([text, false, true])
      expect(isHyphaeError(caught) && caught.remedy).toContain('52 characters')
    }
  })

  it('does not echo a long text back in full', () => {
    expect(() => parsePeerId('x'.repeat(10_000))).toThrow(/^not a peer id: x{64}$/)
  })
})
