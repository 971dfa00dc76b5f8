import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../../src/core/errors.js'
import { type PeerId, peerIdFromBytes } from '../../../src/core/ids.js'
import type { Time } from '../../../src/core/time.js'
import { BanList } from '../../../src/protocols/admission/bans.js'
import { BucketTable } from '../../../src/protocols/admission/buckets.js'
import { type AdmissionConfig, DEFAULT_ADMISSION } from '../../../src/protocols/admission/config.js'
import { Admission, type Verdict } from '../../../src/protocols/admission/machine.js'

const at = (monoMs: number): Time => ({ monoMs, wallMs: 1.7e12 })
const START = 5000
const GENEROUS = { perSecond: 1e6, burst: 1e6 }
const OPEN: AdmissionConfig = {
  ...DEFAULT_ADMISSION,
  maxConnections: 1e6,
  maxConnectionsPerHost: 1e6,
  hostRate: GENEROUS,
  subnetRate: GENEROUS,
  networkRate: GENEROUS,
}

function admission(change: Partial<AdmissionConfig> = {}): Admission {
  return new Admission({ ...OPEN, ...change })
}

function peer(n: number): PeerId {
  return peerIdFromBytes(new Uint8Array(32).fill(n))
}

/** How many of `attempts` attempts at one moment pass. */
function passing(machine: Admission, hosts: (i: number) => string, attempts: number, monoMs = START): number {
  let passed = 0
  for (let i = 0; i < attempts; i++) if (machine.admit(hosts(i), at(monoMs)).ok) passed++
  return passed
}

function code(verdict: Verdict): string {
  return verdict.ok ? 'ok' : verdict.code
}

describe('connection throttle', () => {
  it('[C53] throttles each host to its burst and then its rate', () => {
    const machine = admission({ hostRate: { perSecond: 10, burst: 20 } })
    expect(passing(machine, () => '203.0.113.7', 1000)).toBe(20)
    expect(machine.admit('203.0.113.7', at(START))).toEqual({
      ok: false,
      code: 'RATE_LIMITED',
      reason: 'connection attempts',
      retryAfterMs: 100,
    })
    expect(machine.admit('203.0.113.7', at(START + 99)).ok).toBe(false)
    expect(machine.admit('203.0.113.7', at(START + 100)).ok).toBe(true)
    let passed = 0
    for (let ms = 1000; ms < 11_000; ms++) if (machine.admit('203.0.113.7', at(START + ms)).ok) passed++
    expect(passed).toBeGreaterThanOrEqual(100)
    expect(passed).toBeLessThanOrEqual(110)
  })

  it('[C53] throttles all together, however many networks they come from; loopback that is exempt is not counted', () => {
    const machine = admission({ totalRate: { perSecond: 100, burst: 50 }, exemptLoopback: true })
    const everywhere = (i: number): string => `${1 + (i % 100)}.${(i >> 7) & 127}.7.7`
    expect(passing(machine, everywhere, 1000)).toBe(50)
    expect(passing(machine, () => '127.0.0.1', 1000)).toBe(1000)
    expect(machine.admit('198.51.100.1', at(START + 9)).ok).toBe(false)
    expect(machine.admit('198.51.100.1', at(START + 10)).ok).toBe(true)
  })

  it('[C53] throttles subnets and networks that an attacker spreads over', () => {
    const subnet = admission({ subnetRate: { perSecond: 1, burst: 30 } })
    expect(passing(subnet, i => `203.0.113.${i % 256}`, 256)).toBe(30)
    const network = admission({ networkRate: { perSecond: 1, burst: 40 } })
    expect(passing(network, i => `203.0.${i % 256}.1`, 256)).toBe(40)
    expect(network.admit('203.1.0.1', at(START)).ok).toBe(true)
    const sites = admission({ networkRate: { perSecond: 1, burst: 50 } })
    expect(passing(sites, i => `2001:db8:7:${i.toString(16)}::1`, 1000)).toBe(50)
    expect(sites.admit('2001:db8:8::1', at(START)).ok).toBe(true)
  })

  it('[C53] counts an IPv6 /64 as one host, and IPv4 in IPv6 as IPv4', () => {
    const machine = admission({ hostRate: { perSecond: 1, burst: 3 } })
    expect(passing(machine, i => `2001:db8::${i.toString(16)}`, 100)).toBe(3)
    expect(
      passing(
        machine,
        i => ['198.51.100.1', '::ffff:198.51.100.1', '::FFFF:c633:6401', '[::ffff:198.51.100.1]'][i % 4],
        100,
      ),
    ).toBe(3)
  })

  it('[C48] a flooder is limited, others are not', () => {
    const machine = new Admission({ ...DEFAULT_ADMISSION, maxConnectionsPerHost: 10 })
    let flooder = 0
    let others = 0
    for (let ms = 0; ms < 10_000; ms++) {
      for (let i = 0; i < 10; i++) if (machine.admit('203.0.113.7', at(START + ms)).ok) flooder++
      if (ms % 100 === 0 && machine.admit(`198.51.${ms / 100}.9`, at(START + ms)).ok) others++
      if (ms % 100 === 50) machine.release('203.0.113.7')
    }
    expect(others).toBe(100)
    expect(flooder).toBeLessThanOrEqual(64 + 10 * 10)
  })

  it('[C48] a peer that floods messages is limited in number and bytes, others are not', () => {
    const machine = admission({
      messageRate: { perSecond: 100, burst: 200 },
      messageByteRate: { perSecond: 10_000, burst: 20_000 },
    })
    const passed = { flood: 0, big: 0, calm: 0 }
    for (let ms = 0; ms < 10_000; ms++) {
      const time = at(START + ms)
      for (let i = 0; i < 5; i++) if (machine.allowMessage(peer(1), 10, time).ok) passed.flood++
      if (machine.allowMessage(peer(2), 5000, time).ok) passed.big++
      if (ms % 20 === 0 && machine.allowMessage(peer(3), 100, time).ok) passed.calm++
    }
    expect(passed.calm).toBe(500)
    expect(passed.flood).toBeGreaterThan(1100)
    expect(passed.flood).toBeLessThanOrEqual(1200)
    expect(passed.big).toBeGreaterThanOrEqual(23)
    expect(passed.big).toBeLessThanOrEqual(24)
  })

  it('a message above the burst passes on a full bucket and leaves a debt', () => {
    const machine = admission({ messageByteRate: { perSecond: 1000, burst: 2000 } })
    expect(machine.allowMessage(peer(1), 5000, at(0)).ok).toBe(true)
    expect(machine.allowMessage(peer(1), 1, at(3000))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1 })
    expect(machine.allowMessage(peer(1), 1, at(3001)).ok).toBe(true)
  })

  it('a refused attempt takes nothing from the neighbours', () => {
    const machine = admission({ hostRate: { perSecond: 1, burst: 5 }, subnetRate: { perSecond: 1, burst: 10 } })
    expect(passing(machine, () => '203.0.113.7', 1000)).toBe(5)
    expect(passing(machine, () => '203.0.113.8', 1000)).toBe(5)
    expect(passing(machine, () => '203.0.113.9', 1000)).toBe(0)
  })
})

describe('caps', () => {
  it('holds maxConnections, one past it is refused until one is released', () => {
    const machine = admission({ maxConnections: 3 })
    expect(passing(machine, i => `203.0.${i}.1`, 3)).toBe(3)
    expect(machine.admit('203.0.9.1', at(START))).toMatchObject({ code: 'LIMIT_EXCEEDED', reason: 'maxConnections' })
    machine.release('203.0.1.1')
    machine.release('203.0.1.1')
    machine.release('8.8.8.8')
    expect(machine.connections).toBe(2)
    expect(machine.admit('203.0.9.1', at(START)).ok).toBe(true)
    expect(machine.admit('203.0.9.1', at(START)).ok).toBe(false)
  })

  it('holds maxConnectionsPerHost, one past it', () => {
    const machine = admission({ maxConnectionsPerHost: 2 })
    expect(passing(machine, () => '203.0.113.7', 2)).toBe(2)
    expect(machine.admit('203.0.113.7', at(START))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      reason: 'maxConnectionsPerHost',
    })
    expect(machine.admit('203.0.113.8', at(START)).ok).toBe(true)
    machine.release('203.0.113.7')
    expect(machine.admit('::ffff:203.0.113.7', at(START)).ok).toBe(true)
  })

  it('counts right under any order of admissions and releases', () => {
    const host = fc.constantFrom('203.0.113.7', '203.0.113.8', '2001:db8::1', 'name')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), host), { maxLength: 200 }), steps => {
        const machine = admission({ maxConnections: 9, maxConnectionsPerHost: 4 })
        const open = new Map<string, number>()
        const total = (): number => [...open.values()].reduce((sum, each) => sum + each, 0)
        for (const [enter, name] of steps) {
          const count = open.get(name) ?? 0
          if (enter) {
            const expected = total() < 9 && count < 4
            expect(machine.admit(name, at(START)).ok).toBe(expected)
            if (expected) open.set(name, count + 1)
          } else {
            machine.release(name)
            open.set(name, Math.max(0, count - 1))
          }
          expect(machine.connections).toBe(total())
        }
      }),
      { seed: 30 },
    )
  })

  it('exempts loopback only when told, and never from maxConnections', () => {
    const strict = { maxConnectionsPerHost: 2, hostRate: { perSecond: 1, burst: 2 }, maxConnections: 50 }
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1']) {
      expect(passing(admission(strict), () => host, 100)).toBe(2)
      expect(passing(admission({ ...strict, exemptLoopback: true }), () => host, 100)).toBe(50)
    }
    expect(passing(admission({ ...strict, exemptLoopback: true }), () => '128.0.0.1', 100)).toBe(2)
  })
})

describe('lists and bans', () => {
  it('[C24] [D52] a banned host or peer is refused and the ban expires', () => {
    const machine = admission()
    machine.ban('203.0.113.0/24', 60_000, at(START))
    machine.ban(peer(1), 1000, at(START))
    expect(machine.admit('203.0.113.200', at(START + 59_999))).toEqual({
      ok: false,
      code: 'PEER_DENIED',
      reason: 'banned host',
      retryAfterMs: 1,
    })
    expect(machine.admit('203.0.112.200', at(START)).ok).toBe(true)
    expect(machine.checkPeer(peer(1), at(START + 999))).toMatchObject({ code: 'PEER_DENIED', retryAfterMs: 1 })
    expect(machine.checkPeer(peer(2), at(START)).ok).toBe(true)
    expect(machine.checkPeer(peer(1), at(START + 1000)).ok).toBe(true)
    expect(machine.admit('203.0.113.200', at(START + 60_000)).ok).toBe(true)
  })

  it('lifts a ban early, and the longer of two that overlap counts', () => {
    const machine = admission()
    machine.ban('203.0.113.7', 1000, at(START))
    machine.ban('203.0.0.0/16', 5000, at(START))
    expect(machine.checkHost('203.0.113.7', at(START))).toMatchObject({ retryAfterMs: 5000 })
    expect(machine.unban('203.0.0.0/16')).toBe(true)
    expect(machine.unban('203.0.0.0/16')).toBe(false)
    expect(machine.checkHost('203.0.113.7', at(START))).toMatchObject({ retryAfterMs: 1000 })
    machine.ban('203.0.113.7', Infinity, at(START))
    expect(machine.checkHost('203.0.113.7', at(1e15))).toMatchObject({ code: 'PEER_DENIED', retryAfterMs: Infinity })
  })

  it('refuses what is denied and, where there is an allow list, what is not allowed; deny wins', () => {
    const machine = admission({
      allowHosts: ['10.0.0.0/8', 'fd00::/9', 'gate'],
      denyHosts: ['10.1.0.0/17'],
      allowPeers: [peer(1), peer(2)],
      denyPeers: [peer(2)],
    })
    const hosts = ['10.2.3.4', '10.1.127.255', '10.1.128.0', '11.0.0.1', 'fd7f::1', 'fd80::1', 'GATE', 'other']
    expect(hosts.map(host => code(machine.admit(host, at(START))))).toEqual([
      'ok',
      'PEER_DENIED',
      'ok',
      'PEER_DENIED',
      'ok',
      'PEER_DENIED',
      'ok',
      'PEER_DENIED',
    ])
    expect([1, 2, 3].map(n => code(machine.checkPeer(peer(n), at(START))))).toEqual([
      'ok',
      'PEER_DENIED',
      'PEER_DENIED',
    ])
    expect(code(admission({ denyHosts: ['::/0'] }).admit('2001:db8::1', at(START)))).toBe('PEER_DENIED')
    expect(code(admission({ denyHosts: ['::/0'] }).admit('1.2.3.4', at(START)))).toBe('ok')
  })

  it('names a configuration that cannot be', () => {
    const bad: Partial<AdmissionConfig>[] = [
      { denyHosts: ['10.0.0.0/33'] },
      { allowHosts: ['name/8'] },
      { hostRate: { perSecond: 0, burst: 1 } },
      { messageByteRate: { perSecond: 1, burst: 0 } },
      { maxConnections: 0 },
      { maxTracked: 1.5 },
    ]
    for (const change of bad) {
      const key = Object.keys(change)[0]
      let caught: unknown
      try {
        admission(change)
      } catch (error) {
        caught = error
      }
      expect(isHyphaeError(caught, 'INVALID_CONFIG') && caught.details['key']).toBe(key)
    }
    for (const [subject, ms] of [
      ['10.0.0.0/99', 1],
      ['10.0.0.1', 0],
      ['10.0.0.1', NaN],
    ] as const) {
      expect(() => admission().ban(subject, ms, at(0))).toThrow('cannot ban')
    }
  })
})

describe('bounded tables', () => {
  it('holds maxTracked buckets, one past it forgets the longest unused', () => {
    const table = new BucketTable(3)
    const rate = { perSecond: 1, burst: 1 }
    for (const key of ['a', 'b', 'c']) table.take(key, rate, 1, 0)
    table.take('a', rate, 1, 0)
    table.take('d', rate, 1, 0)
    expect(table.size).toBe(3)
    expect(['a', 'b', 'c', 'd'].map(key => table.waitMs(key, rate, 1, 0) > 0)).toEqual([true, false, true, true])
  })

  it('holds maxBans bans, one past it drops the one that ends first', () => {
    const bans = new BanList(2)
    bans.add('10.0.0.1', 500)
    bans.add('10.0.0.2', 100)
    bans.add('10.0.0.3', 300)
    expect(bans.size).toBe(2)
    const until = (): unknown[] => [1, 2, 3].map(n => bans.ofHost(`10.0.0.${n}`, new Uint8Array([10, 0, 0, n]), 0))
    expect(until()).toEqual([500, undefined, 300])
    bans.add('10.0.0.0/24', 200)
    expect([bans.size, ...until()]).toEqual([2, 500, 200, 200])
    bans.add('10.0.0.3', 300)
    expect([bans.size, ...until()]).toEqual([2, 500, undefined, 300])
  })
})
