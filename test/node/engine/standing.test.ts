import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { LIMITS } from '../../../src/core/limits.js'
import { FakeCertificates } from '../../../src/sim/crypto/identity.js'
import { EngineNet, type TestNode } from '../../support/engine-net.js'

const BYE = { code: 'CLOSED', text: 'bye' } as const

function pair(): { net: EngineNet; a: TestNode; b: TestNode } {
  const net = new EngineNet()
  return { net, a: net.node('a'), b: net.node('b') }
}

const connected = (): { net: EngineNet; a: TestNode; b: TestNode } => {
  const all = pair()
  all.a.connect(all.b)
  all.net.run(100)
  return all
}

describe('bans', () => {
  it('[C24] a ban of an address or a range ends what comes from there, by whoever dialled, and nothing else', () => {
    for (const subject of ['192.0.2.7', '192.0.2.0/24']) {
      const net = new EngineNet()
      const [hub, inbound, outbound, other] = ['hub', 'inbound', 'outbound', 'other'].map(name => net.node(name))
      inbound.host = outbound.host = '192.0.2.7'
      other.host = '198.51.100.1'
      inbound.connect(hub)
      hub.connect(outbound)
      other.connect(hub)
      net.run(100)
      hub.turn(() => hub.engine.ban(subject, 60_000, net.time))
      net.run(100)
      expect(inbound.log.at(-1)).toBe('disconnect PEER_DENIED')
      expect(outbound.log.at(-1)).toBe('disconnect PEER_DENIED')
      expect(other.log).not.toContain('disconnect PEER_DENIED')
      hub.connect(outbound)
      net.run(5000)
      expect(hub.connects.at(-1)?.failure?.code).toBe('PEER_DENIED')
      expect(hub.engine.explain(outbound.id, net.time).failure?.code).toBe('PEER_DENIED')
    }
  })

  it('[C24] ends a handshake of the banned host that is under way, and never dials a banned peer', () => {
    const { net, a, b } = pair()
    a.host = '192.0.2.7'
    a.connect(b)
    net.run(2)
    expect(b.engine.sizes.pendingLinks).toBe(1)
    b.turn(() => b.engine.ban('192.0.2.7', 60_000, net.time))
    expect(b.engine.sizes.pendingLinks).toBe(0)
    b.turn(() => b.engine.ban(a.id, 60_000, net.time))
    b.engine.addAddress(a.id, a.address)
    b.connect(a)
    b.send(a, 'n', utf8('x'), 1)
    expect(b.connects).toMatchObject([{ failure: { code: 'PEER_DENIED' } }])
    net.run(30_000)
    expect(a.engine.diagnostics().kemOperations).toBe(0)
  })
})

describe('certificates', () => {
  it('[D27] rotation under traffic: sessions go on, who knows only the old certificate is served, no request fails', () => {
    const { net, a, b } = connected()
    const c = net.node('c')
    c.connect(b)
    net.run(50)
    c.turn(() => c.engine.disconnect(b.id, BYE, net.time))
    net.run(50)
    for (let i = 0; i < 12; i++) {
      a.request(b, 'echo', Uint8Array.of(i))
      b.send(a, 'n', Uint8Array.of(i), 2)
      // Of twelve, only eight retired keys stay: by then all others get STALE and ask anew.
      b.turn(() => b.engine.setCredentials(net.authority.issue(b.root, b.random, net.wall + i), net.time))
      a.turn(() => a.engine.setCredentials(net.authority.issue(a.root, a.random, net.wall + i), net.time))
      if (i === 3) c.connect(b)
      if (i === 4) c.turn(() => c.engine.disconnect(b.id, BYE, net.time))
      if (i === 11) c.connect(b)
      net.run(30)
    }
    net.run(500)
    expect(a.responses.map(one => one.body?.[0])).toEqual([...Array(12).keys()])
    expect(a.messages.map(one => one.body[0])).toEqual([...Array(12).keys()])
    expect(c.connects.map(one => one.peer)).toEqual([b.id, b.id, b.id])
    expect([...a.log, ...b.log].filter(line => line === 'disconnect SESSION_LOST')).toEqual([])
    expect(b.engine.sizes.retiredKeys).toBe(8)
  })

  it('[D27] a retired key serves until 90 s after the end of its certificate, and is wiped then', () => {
    const { net, a, b } = connected()
    a.turn(() => a.engine.disconnect(b.id, BYE, net.time))
    net.run(100)
    const former = net.authority.issue(b.root, b.random, net.wall, 600_000)
    let freed = 0
    const free = former.decapsulator.free.bind(former.decapsulator)
    former.decapsulator.free = () => {
      freed++
      free()
    }
    b.turn(() => b.engine.setCredentials(former, net.time))
    b.turn(() => b.engine.setCredentials(net.authority.issue(b.root, b.random, net.wall), net.time))
    const leftMs = former.notAfterMs + LIMITS.certificateGraceMs - net.time.wallMs
    net.run(leftMs)
    expect(freed).toBe(0)
    net.run(2)
    expect(freed).toBe(1)
  })

  it('[D27] a session ends with the certificate that began it, and a kept peer is back within a second', () => {
    const { net, a, b } = pair()
    const lifetimeMs = 600_000
    b.restart({ credentials: net.authority.issue(b.root, b.random, net.wall, lifetimeMs) })
    a.engine.addAddress(b.id, b.address)
    a.turn(() => a.engine.keep(b.id, true))
    net.run(300_000)
    b.turn(() => b.engine.setCredentials(net.authority.issue(b.root, b.random, net.wall), net.time))
    net.run(lifetimeMs + LIMITS.certificateGraceMs - net.monoMs - 1)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    a.send(b, 'n', utf8('x'), 1)
    net.run(1000)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual(['disconnect CERTIFICATE_EXPIRED'])
    expect(a.log.filter(line => line.startsWith('connect')).length).toBe(2)
    expect(b.messages.length).toBe(1)
  })

  it('[D28] a revocation learnt while connected ends the session and voids the tickets', () => {
    const { net, a, b } = pair()
    const revoked = new Set<string>()
    class Revocable extends FakeCertificates {
      override byHash(...args: Parameters<FakeCertificates['byHash']>): ReturnType<FakeCertificates['byHash']> {
        const found = super.byHash(...args)
        return found !== undefined && revoked.has(found.peerId) ? undefined : found
      }
      override verify(...args: Parameters<FakeCertificates['verify']>): ReturnType<FakeCertificates['verify']> {
        const verdict = super.verify(...args)
        if (!verdict.ok || !revoked.has(verdict.certificate.peerId)) return verdict
        return { ok: false, code: 'CERTIFICATE_REVOKED', reason: 'revoked' }
      }
    }
    b.restart({ certificates: new Revocable(net.authority) })
    const c = net.node('c')
    a.connect(b)
    c.connect(b)
    net.run(100)
    expect(b.engine.recheck(c.id, net.time)).toBe(false)
    revoked.add(a.id)
    b.turn(() => expect(b.engine.recheck(a.id, net.time)).toBe(true))
    net.run(50)
    expect(a.log.at(-1)).toBe('disconnect CERTIFICATE_REVOKED')
    expect(c.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    a.connect(b)
    net.run(1000)
    expect(b.connected.length).toBe(2)
    expect(a.log.at(-1)).toBe('disconnect CERTIFICATE_REVOKED')
  })
})

describe('introductions', () => {
  it('a peer cannot send us to our own machine or network unless it is there too, nor write to our terminal', () => {
    const addresses = ['tcp://127.0.0.1:22', 'tcp://10.0.0.5:1', 'ws://[::1]:80/x', 'tcp://198.51.100.9:4', 'test://a']
    const told = (host: string): readonly string[] => {
      const net = new EngineNet()
      const a = net.node('a')
      const b = net.node('b', { agent: 'evil\u001b[2J\u202e' })
      b.host = host
      b.advertise = addresses
      b.restart()
      b.connect(a)
      net.run(100)
      expect(a.introductions[0]?.agent).toBe('evil\ufffd[2J\ufffd')
      expect(a.engine.explain(b.id, net.time).addresses.map(one => one.address)).toEqual(a.introductions[0]?.addresses)
      return a.introductions[0]?.addresses ?? []
    }
    expect(told('203.0.113.5')).toEqual(['tcp://198.51.100.9:4'])
    expect(told('10.0.0.5')).toEqual(['tcp://10.0.0.5:1', 'tcp://198.51.100.9:4'])
    expect(told('127.0.0.1')).toEqual(addresses.slice(0, 4))
  })
})

describe('incidents', () => {
  it('a thousand in a second are told in part, with the number of those left out', () => {
    const net = new EngineNet()
    const hub = net.node('hub', { maxPeers: 1 })
    hub.turn(() => hub.engine.ban('192.0.2.0/24', 1e9, net.time))
    const info = { remote: 'x', direction: 'inbound', transport: 'test', delivery: 'ordered' } as const
    for (let i = 0; i < 1000; i++) {
      const link = hub.engine.acceptLink()
      hub.engine.carrierAccepted(link, { ...info, host: '192.0.2.1', verifiesAddress: true }, net.time)
    }
    expect(hub.incidents.length).toBe(LIMITS.incidentBurst)
    net.run(1000)
    hub.engine.carrierAccepted(hub.engine.acceptLink(), { ...info, host: '192.0.2.1', verifiesAddress: true }, net.time)
    expect(hub.incidents.at(-1)?.failure.details).toMatchObject({ leftOut: 1000 - LIMITS.incidentBurst })
    expect(hub.engine.diagnostics().handshakes.refused).toBe(1001)
  })
})
