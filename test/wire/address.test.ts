import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerIdFromBytes } from '../../src/core/ids.js'
import { LIMITS } from '../../src/core/limits.js'
import { containing } from '../transports/support.js'
import { formatAddress, parseAddress } from '../../src/wire/address.js'

const peerId = peerIdFromBytes(new Uint8Array(32).fill(7))

describe('addresses', () => {
  it.each([
    ['tcp://127.0.0.1:4001', { scheme: 'tcp', host: '127.0.0.1', port: 4001, path: '' }],
    ['tls://example.org:0', { scheme: 'tls', host: 'example.org', port: 0, path: '' }],
    ['ws://localhost:80/', { scheme: 'ws', host: 'localhost', port: 80, path: '/' }],
    ['ws://localhost', { scheme: 'ws', host: 'localhost', port: 80, path: '/' }],
    ['WSS://Example.ORG/mesh?x=1', { scheme: 'wss', host: 'example.org', port: 443, path: '/mesh?x=1' }],
    ['tcp://[::1]:65535', { scheme: 'tcp', host: '::1', port: 65535, path: '' }],
    ['tcp://[2001:DB8::192.0.2.1]:1', { scheme: 'tcp', host: '2001:db8::192.0.2.1', port: 1, path: '' }],
    ['ws://[1:2:3:4:5:6:7:8]', { scheme: 'ws', host: '1:2:3:4:5:6:7:8', port: 80, path: '/' }],
    ['memory://node-1', { scheme: 'memory', host: 'node-1', port: 0, path: '' }],
    ['memory://', { scheme: 'memory', host: '', port: 0, path: '' }],
    ['quic://host', { scheme: 'quic', host: 'host', port: 0, path: '' }],
    ['webrtc://host:9/room', { scheme: 'webrtc', host: 'host', port: 9, path: '/room' }],
    [`tcp://host:1#${peerId}`, { scheme: 'tcp', host: 'host', port: 1, path: '', peerId }],
    [`wss://host/path#${peerId}`, { scheme: 'wss', host: 'host', port: 443, path: '/path', peerId }],
  ])('reads %s', (text, parts) => {
    expect(parseAddress(text)).toEqual(parts)
  })

  it('reads a bare host and port under the scheme that the caller gives', () => {
    expect(parseAddress('203.0.113.7:8000', 'tcp')).toEqual({
      scheme: 'tcp',
      host: '203.0.113.7',
      port: 8000,
      path: '',
    })
    expect(parseAddress('[::]:9', 'ws')).toEqual({ scheme: 'ws', host: '::', port: 9, path: '/' })
    expect(parseAddress('ws://host:1', 'tcp').scheme).toBe('ws')
  })

  it.each([
    ['', 'no scheme'],
    ['host:80', 'no scheme'],
    ['://host:1', 'scheme'],
    ['1tcp://host:1', 'scheme'],
    ['t_p://host:1', 'scheme'],
    ['tcp://:1', 'host is missing'],
    ['tcp://host', 'port is missing'],
    ['tcp://host:', 'port is not'],
    ['tcp://host:080', 'port is not'],
    ['tcp://host:65536', 'port is not'],
    ['tcp://host:-1', 'port is not'],
    ['tcp://host:1e3', 'port is not'],
    ['tcp://host:1/path', 'no path'],
    ['memory://name:1', 'no port'],
    ['memory://name/x', 'no path'],
    ['tcp://::1:80', 'brackets'],
    ['tcp://[::1:80', 'not IPv6'],
    ['tcp://[::1]80', 'only a port'],
    ['tcp://[fe80::1%eth0]:1', 'not IPv6'],
    ['tcp://[1:2:3:4:5:6:7]:1', 'not IPv6'],
    ['tcp://[1:2:3:4:5:6:7:8:9]:1', 'not IPv6'],
    ['tcp://[1::2::3]:1', 'not IPv6'],
    ['tcp://[1:2:3:4:5:6:7::8]:1', 'not IPv6'],
    ['tcp://[12345::]:1', 'not IPv6'],
    ['tcp://[::300.0.0.1]:1', 'not IPv6'],
    ['tcp://[1.2.3.4::]:1', 'not IPv6'],
    ['tcp://[]:1', 'not IPv6'],
    ['tcp://256.0.0.1:1', 'neither a name nor IPv4'],
    ['tcp://127.1:1', 'neither a name nor IPv4'],
    ['tcp://010.0.0.1:1', 'neither a name nor IPv4'],
    ['tcp://2130706433:1', 'neither a name nor IPv4'],
    ['tcp://user@host:1', 'neither a name nor IPv4'],
    ['tcp://ho st:1', 'neither a name nor IPv4'],
    ['tcp://-host:1', 'neither a name nor IPv4'],
    ['tcp://host..x:1', 'neither a name nor IPv4'],
    [`tcp://${'a'.repeat(64)}:1`, 'neither a name nor IPv4'],
    [`tcp://${'a.'.repeat(127)}a:1`, 'neither a name nor IPv4'],
    ['ws://host/a b', 'path has characters'],
    ['ws://host/"', 'path has characters'],
    ['ws://host#', 'peer id'],
    ['ws://host#abc', 'peer id'],
    [`ws://host#${peerId}#${peerId}`, 'peer id'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => parseAddress(text)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: containing(reason),
        remedy: containing(' '),
      }),
    )
  })

  it('bounds the length before it looks', () => {
    const at = (length: number): string => `ws://host/${'x'.repeat(length - 10)}`
    expect(parseAddress(at(LIMITS.maxAddressChars)).host).toBe('host')
    expect(() => parseAddress(at(LIMITS.maxAddressChars + 1))).toThrowError(/longer than/)
  })

  it('formats to one spelling, which reads back to the same parts', () => {
    const host = fc.oneof(
      fc.domain().map(name => name.toLowerCase()),
      fc.ipV4(),
      fc.ipV6().map(text => text.toLowerCase()),
    )
    const address = fc.record({
      scheme: fc.constantFrom('tcp', 'tls', 'ws', 'wss', 'quic', 'webrtc+x'),
      host,
      port: fc.integer({ min: 0, max: 65_535 }),
      peerId: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(peerIdFromBytes),
    })
    fc.assert(
      fc.property(address, parts => {
        const path = parts.scheme.startsWith('ws') ? '/mesh' : ''
        const text = formatAddress({ ...parts, path })
        expect(parseAddress(text)).toEqual({ ...parts, path })
        expect(formatAddress(parseAddress(text))).toBe(text)
      }),
      { seed: 1, numRuns: 500 },
    )
    expect(formatAddress({ scheme: 'ws', host: '::1', port: 80, path: '/' })).toBe('ws://[::1]:80')
    expect(formatAddress({ scheme: 'memory', host: 'a', port: 0, path: '' })).toBe('memory://a')
    expect(formatAddress({ scheme: 'quic', host: 'a', port: 0, path: '' })).toBe('quic://a')
  })

  it('answers every text with an address or INVALID_ARGUMENT', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^(tcp|ws):\/\/[[\]0-9a-f:.#/@%]{0,40}$/))
    fc.assert(
      fc.property(text, input => {
        try {
          formatAddress(parseAddress(input, 'tcp'))
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
        }
      }),
      { seed: 2, numRuns: 2000 },
    )
  })
})
