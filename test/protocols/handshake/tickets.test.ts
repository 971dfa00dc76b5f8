import { LIMITS } from '../../../src/core/limits.js'
import { describe, expect, it } from 'vitest'
import { IssuedTickets } from '../../../src/protocols/handshake/tickets.js'
import { SELECT } from '../../../src/wire/offer.js'
import { PACKET, RESUME } from '../../../src/wire/handshake.js'
import { confront, type HandshakeNode } from '../../support/handshake-net.js'
import { xored, pair, dial, remac, outward } from '../../support/handshake-attacks.js'

describe('tickets', () => {
  function ticketFor(alice: HandshakeNode, bob: HandshakeNode) {
    const { net } = alice
    const id = net.random.fill(new Uint8Array(32))
    const key = net.random.fill(new Uint8Array(32))
    bob.shared.tickets.add(id, key.slice(), bob.learn(alice), net.ms + LIMITS.ticketMs)
    return () => ({ id, key: key.slice(), certificate: alice.learn(bob) })
  }

  it('[§6.17] a ticket opens one session; shown again it leads to a full handshake, and its early data stays out', () => {
    const { alice, bob } = pair({ real: true })
    const ticket = ticketFor(alice, bob)
    const early = Uint8Array.of(1, 2, 3)
    const first = dial(alice, bob, { ticket: ticket(), early })
    expect(first.agreed).toBe(true)
    expect([first.a.established?.resumed, first.b.established?.resumed]).toEqual([true, true])
    expect(first.b.established?.early).toEqual(early)
    const kems = bob.shared.kemOperations
    expect(outward(confront(bob, first.toResponder[0])).established, 'replayed').toBe(false)
    expect(bob.shared.kemOperations).toBe(kems)
    const second = dial(alice, bob, { ticket: ticket(), early })
    expect(second.toInitiator.map(packet => packet[0])).toEqual([PACKET.ticketUnknown, PACKET.m2])
    expect(second.agreed).toBe(true)
    expect([second.a.established?.resumed, second.b.established?.resumed]).toEqual([false, false])
    expect(second.b.established?.early).toHaveLength(0)
  })

  it('early data: 16,384 bytes are taken, one more is refused on either side', () => {
    const { alice, bob } = pair()
    const early = new Uint8Array(LIMITS.maxEarlyDataBytes).fill(5)
    const most = dial(alice, bob, { ticket: ticketFor(alice, bob)(), early })
    expect(most.b.established?.early).toHaveLength(16_384)
    expect(() => dial(alice, bob, { ticket: ticketFor(alice, bob)(), early: new Uint8Array(16_385) })).toThrow('16384')
  })

  it('any changed byte of a resumption or its answer ends without a resumed session', () => {
    const { alice, bob } = pair()
    const early = new Uint8Array(20)
    for (let at = 0; at < RESUME.bytes + 72 + 20 + 16; at += 7) {
      const tamper = (packet: Uint8Array, to: string) =>
        to === 'responder' && packet[0] === PACKET.resume ? remac(bob, xored(packet, at)) : packet
      expect(dial(alice, bob, { ticket: ticketFor(alice, bob)(), early, tamper }).a.established?.resumed ?? false).toBe(
        false,
      )
    }
    for (let at = 0; at < 16 + 1120 + 80; at += 7) {
      const tamper = (packet: Uint8Array, to: string) => (to === 'initiator' ? xored(packet, at) : packet)
      expect(dial(alice, bob, { ticket: ticketFor(alice, bob)(), early, tamper }).a.established).toBeUndefined()
    }
  })

  it('[§6.20] tickets of expired or revoked peers, or past their time, lead to a full handshake', () => {
    const { net, alice, bob } = pair()
    const late = ticketFor(alice, bob)
    net.ms += LIMITS.ticketMs
    expect(dial(alice, bob, { ticket: late() }).a.established?.resumed).toBe(false)
    const revoked = ticketFor(alice, bob)
    bob.shared.tickets.revoke(alice.credentials.peerId)
    expect(dial(alice, bob, { ticket: revoked() }).a.established?.resumed).toBe(false)
    const expired = ticketFor(alice, bob)
    Object.assign(bob.certificates, { byHash: () => undefined })
    const full = dial(alice, bob, { ticket: expired() })
    expect(full.toInitiator[0]?.[0]).toBe(PACKET.ticketUnknown)
    expect(full.b.established?.certificate, 'its chain is wanted').toBeUndefined()
  })

  it('an issuer keeps so many tickets and no more, and wipes what it drops', () => {
    const { net, alice, bob } = pair()
    const tickets = new IssuedTickets(2)
    const keys = [1, 2, 3].map(n => new Uint8Array(32).fill(n))
    const certificate = bob.learn(alice)
    keys.forEach((key, i) => tickets.add(Uint8Array.of(i), key, certificate, net.ms + 10))
    expect(keys[0]).toEqual(new Uint8Array(32))
    expect(tickets.take(Uint8Array.of(0), net.ms)).toBeUndefined()
    expect(tickets.take(Uint8Array.of(1), net.ms)?.key).toBe(keys[1])
    expect(tickets.take(Uint8Array.of(1), net.ms)).toBeUndefined()
    expect(tickets.take(Uint8Array.of(2), net.ms + 10)).toBeUndefined()
    expect(keys[2]).toEqual(new Uint8Array(32))
  })

  it('a peer that comes again and again pushes out its own tickets only', () => {
    const { net, alice, bob } = pair()
    const tickets = new IssuedTickets()
    const [ours, theirs] = [bob.learn(alice), alice.learn(bob)]
    const key = () => new Uint8Array(32).fill(5)
    tickets.add(Uint8Array.of(100), key(), theirs, net.ms + 10)
    const most = LIMITS.maxTicketsOfPeer
    for (let n = 0; n <= most; n++) tickets.add(Uint8Array.of(n), key(), ours, net.ms + 10)
    expect(tickets.take(Uint8Array.of(0), net.ms), 'one past the limit').toBeUndefined()
    expect(tickets.take(Uint8Array.of(1), net.ms)).toBeDefined()
    expect(tickets.take(Uint8Array.of(most), net.ms)).toBeDefined()
    tickets.revoke(ours.peerId)
    expect(tickets.take(Uint8Array.of(2), net.ms)).toBeUndefined()
    expect(tickets.take(Uint8Array.of(100), net.ms)).toBeDefined()
  })

  it('a ticket of another peer, or an answer to one that was not shown, is refused', () => {
    const { net, alice, bob } = pair()
    const ticket = ticketFor(alice, bob)
    expect(() => dial(alice, net.node(), { ticket: ticket() })).toThrow('another peer')
    const tamper = (packet: Uint8Array, to: string) =>
      to === 'initiator' && packet[0] === PACKET.ticketUnknown ? xored(packet, 20) : packet
    bob.shared.tickets.revoke(alice.credentials.peerId)
    expect(dial(alice, bob, { ticket: ticket(), tamper }).a.failed?.code).toBe('PROTOCOL_VIOLATION')
  })

  it('a resumption is refused like a dial: nothing in common, a bad key, a rule, a clock', () => {
    const { net, alice, bob } = pair({ real: true })
    const real = bob.offer
    bob.offer = { ...real, ciphers: 2 }
    const apart = dial(alice, bob, { ticket: ticketFor(alice, bob)() })
    expect([apart.toInitiator.length, apart.b.failed?.code]).toEqual([0, 'HANDSHAKE_FAILED'])
    bob.offer = real
    const { keyPair } = net.kem
    Object.assign(alice.context, {
      kem: {
        ...net.kem,
        keyPair: (seed: Uint8Array) => {
          const made = keyPair(seed)
          return { ...made, publicKey: made.publicKey.slice().fill(0xff, 0, 32) }
        },
      },
    })
    const invalid = dial(alice, bob, { ticket: ticketFor(alice, bob)() })
    expect([invalid.toInitiator.length, invalid.b.failed?.code]).toEqual([0, 'HANDSHAKE_FAILED'])
    Object.assign(alice.context, { kem: net.kem })
    bob.decision = SELECT.refused
    const refused = dial(alice, bob, { ticket: ticketFor(alice, bob)() })
    expect([refused.a.failed?.code, refused.b.established]).toEqual(['PEER_DENIED', undefined])
    bob.decision = SELECT.ok
    alice.skewMs = 100_000
    expect(dial(alice, bob, { ticket: ticketFor(alice, bob)() }).a.failed?.code).toBe('CLOCK_SKEW')
  })
})
