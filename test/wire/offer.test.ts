import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSelectionOf, select } from '../../src/protocols/handshake/offers.js'
import { OFFER_BYTES, type Offer, readOffer, writeOffer } from '../../src/wire/offer.js'
import { OFFER } from '../support/handshake-net.js'

const u32 = fc.nat(0xffff_ffff)
const offers: fc.Arbitrary<Offer> = fc.record({
  minVersion: fc.nat(255),
  maxVersion: fc.nat(255),
  ciphers: fc.nat(0xffff),
  features: u32,
  maxDataBytes: u32,
  maxStreamBytes: u32,
  maxStreams: u32,
  maxMessageBytes: u32,
  idleTimeoutMs: u32,
  maxDatagramBytes: u32,
  incarnation: fc.nat(2 ** 48 - 1),
})

describe('offers', () => {
  it('come back as they were written, whatever lay there before', () => {
    fc.assert(
      fc.property(offers, fc.nat(255), fc.nat(255), fc.nat(20), (offer, status, flags, at) => {
        const out = new Uint8Array(at + OFFER_BYTES + 3).fill(0xee)
        writeOffer(out, at, offer, status, flags)
        expect(readOffer(out, at)).toEqual(offer)
        expect([out[at], out[at + 1]]).toEqual([status, flags])
        expect([...out.subarray(at + 42, at + OFFER_BYTES)]).toEqual(new Array(22).fill(0))
        expect([...out.subarray(at + OFFER_BYTES)]).toEqual([0xee, 0xee, 0xee])
      }),
      { seed: 1 },
    )
  })

  it('a selection is inside both offers, and only such a one is taken', () => {
    fc.assert(
      fc.property(offers, offers, (own, other) => {
        const chosen = select(own, other)
        if (chosen === undefined) return
        expect(isSelectionOf(chosen, other)).toBe(true)
        expect(chosen.features & ~own.features).toBe(0)
        expect(chosen.maxVersion).toBeLessThanOrEqual(Math.min(own.maxVersion, other.maxVersion))
        expect(chosen.maxVersion).toBeGreaterThanOrEqual(Math.max(own.minVersion, other.minVersion))
      }),
      { seed: 2, numRuns: 500 },
    )
    const good = { ...OFFER, features: 0 }
    expect(isSelectionOf(good, OFFER)).toBe(true)
    for (const bad of [
      { features: 0x8000_0000 },
      { ciphers: 3 },
      { ciphers: 0 },
      { minVersion: 0 },
      { maxVersion: 2 },
    ]) {
      expect(isSelectionOf({ ...good, ...bad }, OFFER), JSON.stringify(bad)).toBe(false)
    }
  })
})
