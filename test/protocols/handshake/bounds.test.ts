import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { PacketReader } from '../../../src/protocols/handshake/packet-reader.js'
import { ReplayCache } from '../../../src/protocols/handshake/replay-cache.js'
import { HEADER, M1, M1_SEALED, PACKET, STALE, writeHeader } from '../../../src/wire/handshake.js'
import { SELECT } from '../../../src/wire/offer.js'
import { confront, equal, Exchange, HandshakeNet } from '../../support/handshake-net.js'
import { xored, pair, dial, remac, slow } from '../../support/handshake-attacks.js'

describe('bounds and lookups', () => {
  it('the replay cache refuses when full, forgets by time and takes nothing twice', () => {
    const cache = new ReplayCache(2, 100)
    const digest = (n: number) => new Uint8Array(32).fill(n)
    expect([cache.add(digest(1), 0), cache.add(digest(1), 1), cache.add(digest(2), 50)]).toEqual([true, false, true])
    expect(cache.add(digest(3), 99)).toBe(false)
    expect([cache.has(digest(1), 100), cache.has(digest(1), 101), cache.size]).toEqual([true, false, 1])
    expect(cache.add(digest(3), 101)).toBe(true)
  })

  it('only so many asynchronous keys work at a time, and a packet behind a waiting one closes', () => {
    const { alice, bob } = pair()
    const answers: (() => void)[] = []
    const { decapsulator } = bob.credentials
    bob.credentials = { ...bob.credentials, decapsulator: slow(decapsulator, answers) }
    const m1 = () => dial(alice, bob, { tamper: () => undefined }).toResponder[0]
    const outcomes = Array.from({ length: 65 }, () => confront(bob, m1()))
    expect(answers).toHaveLength(64)
    expect(outcomes[64]?.failed?.reason).toContain('too many')
    for (const answer of answers.splice(0)) answer()
    expect(outcomes.filter(outcome => outcome.established !== undefined)).toHaveLength(64)
    const two = new Uint8Array(2 * M1.bytes)
    two.set(m1())
    two.set(m1(), M1.bytes)
    const pushed = confront(bob, two)
    expect([answers.length, pushed.failed?.reason]).toEqual([1, 'data before the answer'])
    answers[0]?.()
    expect(pushed.established).toBeUndefined()
  })

  it('the clock: 90 s pass, a millisecond more is answered and refused', () => {
    for (const [skewMs, code] of [
      [90_000, undefined],
      [-90_000, undefined],
      [90_001, 'CLOCK_SKEW'],
      [-90_001, 'CLOCK_SKEW'],
    ] as const) {
      const { alice, bob } = pair()
      alice.skewMs = skewMs
      const { a, b } = dial(alice, bob)
      expect([a.failed?.code, b.failed?.code]).toEqual([code, code])
      expect(a.established === undefined).toBe(code !== undefined)
    }
  })

  it.each([
    [SELECT.refused, 'PEER_DENIED'],
    [SELECT.busy, 'LIMIT_EXCEEDED'],
    [SELECT.duplicate, 'LIMIT_EXCEEDED'],
  ])('a refusal with status %i reaches the dialler authenticated', (status, code) => {
    const { alice, bob } = pair()
    bob.decision = status
    const { a, b } = dial(alice, bob)
    expect([a.failed?.code, b.established, a.established]).toEqual([code, undefined, undefined])
  })

  it('a bare address answers at public nodes only and proves some peer', () => {
    const net = new HandshakeNet()
    const [alice, bob] = [net.node(), net.node()]
    const open = new Exchange(alice, bob, { expected: undefined }).run()
    expect(open.a.established?.certificate?.peerId).toBe(bob.credentials.peerId)
    bob.isPublic = false
    const closed = new Exchange(alice, bob, { expected: undefined }).run()
    expect([closed.toInitiator.length, closed.b.failed !== undefined]).toEqual([0, true])
  })

  it('a stale certificate is renewed by the hint, once; a hint back to an older one leads to a request', () => {
    const { net, alice, bob } = pair()
    const old = alice.learn(bob)
    bob.renew(net.time.wallMs - 1000)
    bob.retired = []
    const renewed = dial(alice, bob, { certificate: old })
    expect(renewed.toInitiator.map(packet => packet[0])).toEqual([PACKET.stale, PACKET.m2])
    expect(renewed.agreed).toBe(true)
    const stranger = net.node()
    const asked = new Exchange(stranger, bob, { certificate: old }).run()
    expect(asked.toInitiator.map(packet => packet[0])).toEqual([PACKET.stale, PACKET.certificates, PACKET.m2])
    const hint = (packet: Uint8Array, to: string) => {
      if (to !== 'initiator' || packet[0] !== PACKET.m2) return packet
      const forged = new Uint8Array(STALE.bytes)
      writeHeader(forged, PACKET.stale, 0)
      forged.set(old.hash, STALE.certHash)
      return forged
    }
    const lured = dial(alice, bob, { tamper: hint })
    expect(lured.toResponder.map(packet => packet[0])).toEqual([PACKET.m1, PACKET.certificateRequest])
    expect(lured.a.established).toBeUndefined()
  })

  it('[§6.20] an expired certificate opens nothing: neither in a chain nor from the cache', () => {
    const { net, alice, bob } = pair()
    net.ms += 8 * 86_400_000
    const cached = new Exchange(alice, bob).run()
    expect(cached.a.failed?.code).toBe('CERTIFICATE_EXPIRED')
    bob.renew(net.time.wallMs - 1000)
    const known = dial(alice, bob)
    expect(known.b.established?.certificate, 'an expired initiator counts as unknown').toBeUndefined()
    expect(known.a.established?.wantsChain).toBe(true)
  })

  it('[§6.1] a certificate whose static key is no key is refused before anything is sent', () => {
    const { alice, bob } = pair({ real: true })
    const certificate = alice.learn(bob)
    for (const staticKey of [
      new Uint8Array(1216).fill(0xff),
      new Uint8Array(1215),
      certificate.staticKey.slice().fill(0, 1184),
    ]) {
      const exchange = new Exchange(alice, bob, { certificate: { ...certificate, staticKey } }).run()
      expect([exchange.a.failed?.code, exchange.toResponder.length]).toEqual(['CERTIFICATE_INVALID', 0])
    }
  })

  it('an asynchronous key of the initiator answers later; one that answers after the end is wiped and ignored', () => {
    const { alice, bob } = pair()
    const answers: (() => void)[] = []
    const { decapsulator } = alice.credentials
    alice.credentials = { ...alice.credentials, decapsulator: slow(decapsulator, answers) }
    const exchange = dial(alice, bob)
    expect(exchange.a.established).toBeUndefined()
    answers.shift()?.()
    expect(exchange.agreed).toBe(true)
    const abandoned = dial(alice, bob)
    abandoned.initiator.abort()
    answers.shift()?.()
    expect(abandoned.a.established).toBeUndefined()
  })

  it('certificates that nobody asked for, with another nonce, or too long are refused', () => {
    const { net, alice, bob } = pair()
    const wrongNonce = (packet: Uint8Array, to: string) => (to === 'initiator' ? xored(packet, 16) : packet)
    expect(new Exchange(alice, bob, { tamper: wrongNonce }).run().a.failed?.code).toBe('PROTOCOL_VIOLATION')
    const long = (bytes: number) => (packet: Uint8Array, to: string) => {
      if (to !== 'initiator') return packet
      const head = packet.slice(0, 36)
      new DataView(head.buffer).setUint32(32, bytes)
      return head
    }
    expect(new Exchange(alice, bob, { tamper: long(LIMITS.maxChainBytes) }).run().a.failed).toBeUndefined()
    expect(new Exchange(alice, bob, { tamper: long(LIMITS.maxChainBytes + 1) }).run().a.failed?.code).toBe(
      'PROTOCOL_VIOLATION',
    )
    expect(net.ms).toBeGreaterThan(0)
  })

  it('[C45] an initiator without a known certificate is nobody until its chain comes', () => {
    const net = new HandshakeNet()
    const [alice, bob] = [net.node(), net.node()]
    const { a, b } = dial(alice, bob)
    expect([b.established?.certificate, a.established?.wantsChain]).toEqual([undefined, true])
    expect(equal(b.established?.certHash as Uint8Array, alice.credentials.certHash)).toBe(true)
    expect(M1_SEALED.bytes).toBe(1320)
  })

  it('so many packets and no more, each of which got its short answer', () => {
    const { alice, bob } = pair()
    const m1 = dial(alice, bob, { tamper: () => undefined }).toResponder[0]
    const stale = remac(bob, xored(m1, HEADER.tag))
    const many = new Uint8Array(stale.length * (LIMITS.maxHandshakePackets + 1))
    for (let at = 0; at < many.length; at += stale.length) many.set(stale, at)
    const fine = confront(bob, many.slice(stale.length))
    expect([fine.replies.length, fine.failed]).toEqual([LIMITS.maxHandshakePackets, undefined])
    const flood = confront(bob, many)
    expect(flood.replies).toHaveLength(LIMITS.maxHandshakePackets)
    expect(flood.replies.every(reply => reply.length === STALE.bytes)).toBe(true)
    expect(flood.failed?.reason).toBe('too many packets')
  })

  it('a large chunk leaves no more memory held than the packet that is not whole yet', () => {
    const reader = new PacketReader(0)
    const packets = 2000
    const chunk = new Uint8Array(packets * STALE.bytes + 7)
    for (let i = 0; i <= packets; i++) chunk[i * STALE.bytes] = PACKET.stale
    let count = 0
    expect(reader.read(chunk, 0, chunk.length, () => ++count > 0)).toBeUndefined()
    expect(count).toBe(packets)
    expect((reader as unknown as { held: Uint8Array }).held.byteLength).toBeLessThanOrEqual(2 * STALE.bytes)
    expect(
      reader.read(new Uint8Array(STALE.bytes - 7), 0, STALE.bytes - 7, packet => packet[0] !== PACKET.stale),
    ).toEqual(new Uint8Array(0))
  })
})
