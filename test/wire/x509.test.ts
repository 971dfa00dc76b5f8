import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/wire/x509.js'
import { issue } from '../transports/certificates.js'

describe('X.509 certificates', () => {
  it.each([
    ['1999-12-31T23:59:59Z', '2000-02-29T12:30:00Z'],
    ['2024-02-29T00:00:00Z', '2049-12-31T23:59:59Z'],
    ['2050-01-01T00:00:00Z', '2100-03-01T00:00:00Z'],
    ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
  ])('finds the key and the validity %s to %s as node:crypto does', (from, to) => {
    const { der } = issue('subject', { notBefore: new Date(from), notAfter: new Date(to), hosts: ['a.example'] })
    const known = new X509Certificate(der)
    const facts = readCertificate(der)
    if (!facts) throw new Error('not read')
    const spki = known.publicKey.export({ type: 'spki', format: 'der' })
    expect(Buffer.from(der.subarray(facts.spkiFrom, facts.spkiTo))).toEqual(spki)
    expect(new Date(facts.notBeforeMs).toISOString()).toBe(new Date(from).toISOString())
    expect(new Date(facts.notAfterMs).toISOString()).toBe(new Date(to).toISOString())
  })

  it('answers undefined for every truncation, and never throws on changed bytes', () => {
    const { der } = issue('subject')
    for (let length = 0; length < der.length; length++) expect(readCertificate(der.subarray(0, length))).toBeUndefined()
    const change = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(change, ([at, flip]) => {
        const changed = Uint8Array.from(der)
        changed[at] = changed[at] ^ flip
        const facts = readCertificate(changed)
        if (facts) expect(facts.spkiTo).toBeLessThanOrEqual(changed.length)
      }),
      { seed: 3, numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        readCertificate(bytes)
      }),
      { seed: 4 },
    )
  })
})
