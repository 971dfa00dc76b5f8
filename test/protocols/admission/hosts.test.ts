import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/core/text.js'
import { hostKeys, HostRule, parseIp } from '../../../src/protocols/admission/hosts.js'

function hex(host: string): string | undefined {
  const bytes = parseIp(host)
  return bytes && toHex(bytes)
}

describe('hosts', () => {
  it('reads addresses in every spelling', () => {
    expect(hex('1.2.3.4')).toBe('01020304')
    expect(hex('::')).toBe('0'.repeat(32))
    expect(hex('::1')).toBe(`${'0'.repeat(31)}1`)
    expect(hex('1::')).toBe(`0001${'0'.repeat(28)}`)
    expect(hex('2001:DB8::a:0:1')).toBe('20010db8' + '0000'.repeat(3) + '000a' + '0000' + '0001')
    expect(hex('[fe80::1%eth0]')).toBe('fe800000000000000000000000000001')
    expect(hex('64:ff9b::192.0.2.33')).toBe('0064ff9b0000000000000000c0000221')
    expect(hex('::ffff:192.0.2.33')).toBe('c0000221')
    expect(hex('1:2:3:4:5:6:7:8')).toBe('00010002000300040005000600070008')
  })

  it('takes everything else for a name', () => {
    const names = [
      '',
      'host',
      '1.2.3',
      '1.2.3.256',
      '1.2.3.04',
      '1.2.3.4.5',
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
    ]
    names.push('1::2::3', '12345::', 'g::', '::1.2.3', '1.2.3.4::', '1:2:3:4:5:6:7::8', '0x7f.1', '::'.padEnd(60, '0'))
    for (const name of names) expect([name, parseIp(name)]).toEqual([name, undefined])
  })

  it('never throws', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '.', '/', '[', ']', '%', 'x') })
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), host => {
        expect(hostKeys(host).host.length).toBeGreaterThan(1)
        HostRule.parse(host)
      }),
      { seed: 31, numRuns: 2000 },
    )
  })

  it('a range holds exactly the addresses that share its bits', () => {
    const address = fc.uint8Array({ minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(address, address, fc.nat(32), (a, b, bits) => {
        const value = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(0)
        const expected = bits === 0 || value(a) >>> (32 - bits) === value(b) >>> (32 - bits)
        expect(HostRule.parse(`${a.join('.')}/${bits}`)?.matches(b.join('.'), b)).toBe(expected)
      }),
      { seed: 32, numRuns: 1000 },
    )
  })

  it('refuses ranges with impossible bits', () => {
    for (const text of ['1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/x', 'host/8', '1.2.3.4/-1']) {
      expect(HostRule.parse(text)).toBeUndefined()
    }
  })
})
