import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { versionAfterHint } from '../../../src/protocols/handshake/offers.js'
import { ReplayCache } from '../../../src/protocols/handshake/replay-cache.js'
import { IssuedTickets } from '../../../src/protocols/handshake/tickets.js'
import { mac1Key, writeMac1 } from '../../../src/protocols/handshake/macs.js'
import {
  CERT_REQUEST,
  COOKIE,
  M1,
  M1_SEALED,
  M2,
  PACKET,
  RESUME,
  STALE,
  VERSION_REJECT,
  writeHeader,
} from '../../../src/wire/handshake.js'
import { SELECT } from '../../../src/wire/offer.js'
import type { Decapsulator } from '../../../src/ports/crypto.js'
import {
  confront,
  equal,
  Exchange,
  type ExchangeOptions,
  HandshakeNet,
  type HandshakeNode,
  idOf,
} from '../../support/handshake-net.js'

const xored = (packet: Uint8Array, at: number, mask = 1) => {
  const copy = packet.slice()
  copy[at] = (copy[at] as number) ^ mask
  return copy
}

/** Two nodes that know each other. */
function pair(options: { real?: boolean } = {}) {
  const net = new HandshakeNet(options)
  const [alice, bob] = [net.node(), net.node()]
  alice.learn(bob)
  bob.learn(alice)
  return { net, alice, bob }
}

const dial = (from: HandshakeNode, to: HandshakeNode, options: ExchangeOptions = {}) =>
  new Exchange(from, to, { certificate: from.learn(to), ...options }).run()

/** A fresh mac1 on a packet that an attacker changed, as anyone who knows the responder can make. */
function remac(node: HandshakeNode, packet: Uint8Array, at = packet.length - 32): Uint8Array {
  const copy = packet.slice()
  const { blake3 } = node.net.kernels
  writeMac1(blake3, mac1Key(blake3, node.net.networkId, idOf(node)), copy, at)
  return copy
}

/** What an outsider sees of a confrontation. */
const outward = (outcome: ReturnType<typeof confront>) => ({
  replies: outcome.replies.map(reply => reply.length),
  established: outcome.established !== undefined,
  closed: outcome.failed !== undefined,
})
const SILENCE = { replies: [], established: false, closed: true }

describe('first messages', () => {
  it.each([
    ['ML-KEM coefficient 0xfff ≥ q', 1 + M1.ephemeralKey, 0xff],
    ['low-order X25519', M1.ephemeralKey + 1184, 0],
  ])('[§6.1] [§6.4] an ephemeral key with %s: aborted without a reply', (_, at, fill) => {
    const { alice, bob } = pair({ real: true })
    const spoiled = {
      ...alice.context.kem,
      keyPair: (seed: Uint8Array) => {
        const made = alice.net.kem.keyPair(seed)
        const publicKey = made.publicKey.slice()
        publicKey.fill(fill, at - M1.ephemeralKey, at - M1.ephemeralKey + 32)
        return { ...made, publicKey }
      },
    }
    Object.assign(alice.context, { kem: spoiled })
    const exchange = dial(alice, bob)
    expect(exchange.toResponder).toHaveLength(1)
    expect(exchange.toInitiator).toHaveLength(0)
    expect(exchange.b).toMatchObject({ established: undefined, failed: { code: 'HANDSHAKE_FAILED' } })
  })

  it('[§6.2] a flipped ciphertext looks from outside like any other bad first message', () => {
    const { alice, bob } = pair({ real: true })
    const [m1] = dial(alice, bob).toResponder as [Uint8Array]
    for (const at of [
      M1.staticCt,
      M1.staticCt + 500,
      M1.staticCtEnd - 32,
      M1.staticCtEnd - 1,
      M1.ephemeralKey,
      M1.sealed,
      M1.sealedEnd - 1,
    ]) {
      expect(outward(confront(bob, remac(bob, xored(m1, at)))), `byte ${at}`).toEqual(SILENCE)
    }
  })

  it('[§6.3] wrong lengths wait for the rest or are refused, before any cryptography', () => {
    const { alice, bob } = pair()
    const [m1] = dial(alice, bob).toResponder as [Uint8Array]
    const before = bob.shared.kemOperations
    for (const length of [0, 1, 15, 16, 1135, M1.bytes - 1]) {
      const outcome = confront(bob, m1.slice(0, length))
      expect([outcome.replies.length, outcome.established]).toEqual([0, undefined])
    }
    const early = new Uint8Array(RESUME.bytes)
    writeHeader(early, PACKET.resume, 1)
    early[RESUME.earlyLength] = 0x40
    expect(confront(bob, early).failed).toBeUndefined()
    early[RESUME.earlyLength + 1] = 1
    expect(confront(bob, early).failed, '16,385 bytes of early data').toBeDefined()
    expect(bob.shared.kemOperations).toBe(before)
  })

  it('[§6.9] a bad mac1 is dropped silently, at the cost of no KEM operation', () => {
    const { alice, bob } = pair()
    const [m1] = dial(alice, bob).toResponder as [Uint8Array]
    const request = new Exchange(alice, bob).run().toResponder[0] as Uint8Array
    const before = bob.shared.kemOperations
    for (const packet of [m1, request]) {
      for (let at = 3; at < packet.length - (packet === m1 ? 16 : 0); at += packet === m1 ? 37 : 1) {
        expect(outward(confront(bob, xored(packet, at))), `byte ${at}`).toEqual(SILENCE)
      }
    }
    expect(bob.shared.kemOperations).toBe(before)
  })

  it('[§6.10] a flood from unverified addresses gets cookies smaller than what it sent, and no KEM operation', () => {
    const { alice, bob } = pair()
    const exchange = dial(alice, bob, { verifiesAddress: false })
    expect(exchange.agreed).toBe(true)
    const [first, second] = exchange.toResponder as [Uint8Array, Uint8Array]
    expect(exchange.toInitiator.map(packet => packet[0])).toEqual([PACKET.cookie, PACKET.m2])
    expect(equal(first.slice(0, M1.mac2), second.slice(0, M1.mac2)), 'the same message with a mac2').toBe(true)
    const before = bob.shared.kemOperations
    for (let i = 0; i < 200; i++) {
      const address = `198.51.100.${i}`
      const outcome = confront(bob, first, { verifiesAddress: false, address })
      expect(outcome.replies.map(reply => reply.length)).toEqual([COOKIE.bytes])
      // Another address's mac2 is worth nothing.
      expect(outward(confront(bob, second, { verifiesAddress: false, address }))).toEqual(SILENCE)
    }
    expect(COOKIE.bytes).toBeLessThan(first.length)
    expect(bob.shared.kemOperations).toBe(before)
  })

  it('[§6.10] every reply to a first flight is at most as long as it', () => {
    const { alice, bob } = pair()
    const stale = dial(alice, bob)
    expect(M2.bytes).toBeLessThanOrEqual(M1.bytes)
    for (const reply of stale.toInitiator) expect(reply.length).toBeLessThanOrEqual(M1.bytes)
    expect(STALE.bytes).toBeLessThanOrEqual(M1.bytes)
    // Chains are longer, and go only to verified addresses, once a carrier.
    const request = new Exchange(alice, bob).run().toResponder[0] as Uint8Array
    expect(confront(bob, request, { verifiesAddress: false }).replies).toEqual([])
    const twice = new Uint8Array(2 * CERT_REQUEST.bytes)
    twice.set(request)
    twice.set(request, CERT_REQUEST.bytes)
    expect(confront(bob, twice).replies).toHaveLength(1)
  })

  it('cookies last two to four minutes and a resumption takes them too', () => {
    const { net, alice, bob } = pair()
    const [, second] = dial(alice, bob, { verifiesAddress: false }).toResponder as [Uint8Array, Uint8Array]
    const accepted = () => confront(bob, second, { verifiesAddress: false, address: '192.0.2.7' }).failed?.reason
    net.ms += 119_000
    expect(accepted()).toBe('replayed')
    net.ms += 119_000
    expect(accepted()).not.toBe('mac2')
    net.ms += 480_000
    expect(accepted()).toBe('mac2')
    const id = net.random.fill(new Uint8Array(32))
    const key = net.random.fill(new Uint8Array(32))
    bob.shared.tickets.add(id, key.slice(), bob.learn(alice), net.ms + 1000)
    const resumed = dial(alice, bob, {
      verifiesAddress: false,
      ticket: { id, key: key.slice(), certificate: alice.learn(bob) },
    })
    expect([resumed.agreed, resumed.a.established?.resumed]).toEqual([true, true])
  })

  it('[§6.11] a replayed first message is dropped before the KEM, while it could still be fresh', () => {
    const { net, alice, bob } = pair()
    const [m1] = dial(alice, bob).toResponder as [Uint8Array]
    for (const laterMs of [0, 1000, 89_000, 90_000, 0]) {
      net.ms += laterMs
      const before = bob.shared.kemOperations
      expect(outward(confront(bob, m1))).toEqual(SILENCE)
      expect(bob.shared.kemOperations).toBe(before)
    }
    net.ms += 1
    const late = confront(bob, m1)
    expect(late.failed?.code, 'then its time is too old').toBe('CLOCK_SKEW')
    expect(late.established).toBeUndefined()
  })

  it('[§6.11] two copies whose keys are asked at the same time make one session', () => {
    const { alice, bob } = pair()
    const [m1] = dial(alice, bob, { tamper: () => undefined }).toResponder as [Uint8Array]
    const answers: (() => void)[] = []
    const { decapsulator } = bob.credentials
    bob.credentials = { ...bob.credentials, decapsulator: slow(decapsulator, answers) }
    const outcomes = [confront(bob, m1), confront(bob, m1)]
    for (const answer of answers) answer()
    expect(outcomes.map(outcome => outcome.established !== undefined)).toEqual([true, false])
    expect(outcomes.map(outcome => outcome.replies.length)).toEqual([1, 0])
  })

  it('[§6.11] a message forged in the name of another yields a session that its forger cannot use', () => {
    const { net, alice, bob } = pair({ real: true })
    const mallory = net.node()
    // Mallory shows Alice's certificate and static key, both public, and cannot decapsulate the answer.
    const { certHash, decapsulator } = alice.credentials
    const { publicKey } = decapsulator
    const own = mallory.credentials.decapsulator
    mallory.credentials = {
      ...mallory.credentials,
      certHash,
      decapsulator: { ...own, publicKey, decapsulate: own.decapsulate.bind(own), free: () => undefined },
    }
    const exchange = dial(mallory, bob)
    expect(exchange.b.established?.certificate?.peerId).toBe(alice.credentials.peerId)
    expect(exchange.a.established).toBeUndefined()
    expect(exchange.a.failed?.code).toBe('HANDSHAKE_FAILED')
    // The genuine Alice gets in as if nothing had happened.
    expect(dial(alice, bob).agreed).toBe(true)
  })

  it('[§6.12] [C47] [D7] any changed byte of header, offer or key in M1 and any of M2 ends without a session', () => {
    const { alice, bob } = pair({ real: true })
    const m1Bytes = [
      ...Array.from({ length: 16 }, (_, i) => i),
      ...Array.from({ length: 80 }, (_, i) => M1.sealedEnd - 80 + i),
    ]
    for (const at of m1Bytes) {
      for (const remade of [false, true]) {
        const tamper = (packet: Uint8Array, to: string) =>
          to === 'responder' ? (remade ? remac(bob, xored(packet, at)) : xored(packet, at)) : packet
        const { a, b } = dial(alice, bob, { tamper })
        expect([a.established, b.established], `M1 byte ${at}`).toEqual([undefined, undefined])
      }
    }
  })

  it('[§6.12] any changed byte of M2 closes at the initiator', () => {
    const { alice, bob } = pair()
    for (let at = 0; at < M2.bytes; at++) {
      const exchange = dial(alice, bob, { tamper: (packet, to) => (to === 'initiator' ? xored(packet, at) : packet) })
      expect(exchange.a.established, `M2 byte ${at}`).toBeUndefined()
      // Of the header's first byte another type comes out; a longer one waits for bytes that never come.
      if (at > 0) expect(exchange.a.failed, `M2 byte ${at}`).toBeDefined()
    }
  })

  it('[§6.12] a selection of what was not offered is refused, and so is nothing in common', () => {
    const { alice, bob } = pair()
    bob.offer = { ...bob.offer, features: 0xff }
    expect(dial(alice, bob).a.established?.agreed.features).toBe(alice.offer.features)
    const real = bob.context.offer
    for (const change of [{ ciphers: 2 }, { minVersion: 2, maxVersion: 2 }]) {
      bob.offer = { ...real, ...change }
      const refused = dial(alice, bob)
      expect([refused.toInitiator.length, refused.b.failed?.code]).toEqual([0, 'HANDSHAKE_FAILED'])
    }
  })

  it('[§6.13] a forged version hint never leads below the stored minimum', () => {
    expect(versionAfterHint(1, 1, 0)).toBe(1)
    expect(versionAfterHint(1, 1, 2)).toBeUndefined()
    expect(versionAfterHint(0, 0, 1)).toBeUndefined()
    expect(versionAfterHint(2, 9, 0)).toBeUndefined()
    expect(versionAfterHint(1, 5, 2, { min: 1, max: 3 })).toBe(3)
    expect(versionAfterHint(1, 1, 2, { min: 1, max: 3 })).toBeUndefined()
    const { alice, bob } = pair()
    for (const minVersion of [undefined, 1, 2]) {
      for (const [lowest, highest] of [
        [0, 0],
        [1, 1],
        [1, 255],
        [7, 9],
      ] as const) {
        const reject = new Uint8Array(VERSION_REJECT.bytes)
        writeHeader(reject, PACKET.versionReject, 0)
        reject.set([lowest, highest], VERSION_REJECT.lowest)
        const exchange = dial(alice, bob, {
          minVersion,
          tamper: (packet, to) => (to === 'initiator' ? reject : packet),
        })
        expect(exchange.a).toMatchObject({ established: undefined, failed: { code: 'HANDSHAKE_FAILED' } })
        expect(exchange.toResponder, 'nothing else is tried on this hint').toHaveLength(1)
      }
    }
  })

  it('another version gets a hint, only from who knows whom it dials', () => {
    const { alice, bob } = pair()
    const [m1] = dial(alice, bob).toResponder as [Uint8Array]
    const other = m1.slice()
    other[1] = 2
    expect(outward(confront(bob, other))).toEqual(SILENCE)
    const hinted = confront(bob, remac(bob, other))
    expect(hinted.replies).toHaveLength(1)
    expect([...(hinted.replies[0] as Uint8Array).slice(VERSION_REJECT.lowest)]).toEqual([1, 1])
    expect(hinted.failed).toBeDefined()
  })

  it('[§6.14] a planted static key does not pass for that of the certificate', () => {
    const { net, alice, bob } = pair({ real: true })
    // At the responder: a known certificate with the forger's key.
    const mallory = net.node()
    mallory.credentials = { ...mallory.credentials, certHash: alice.credentials.certHash }
    const exchange = dial(mallory, bob)
    expect([exchange.toInitiator.length, exchange.b.established]).toEqual([0, undefined])
    // At the initiator: a certificate packet with a key of the forger's.
    const tamper = (packet: Uint8Array, to: string) =>
      to === 'initiator' && packet[0] === PACKET.certificates ? xored(packet, 16 + 16 + 4 + 100) : packet
    const planted = new Exchange(net.node(), bob, { tamper }).run()
    expect(planted.a).toMatchObject({ established: undefined, failed: { code: 'SIGNATURE_INVALID' } })
    expect(planted.toResponder, 'no first message to it').toHaveLength(1)
  })

  it('[§6.15] [D6] swapped certificates: the chain of another peer is refused, and its session too', () => {
    const { net, alice, bob } = pair({ real: true })
    const mallory = net.node()
    // Mallory answers with her own genuine chain where Bob was dialled.
    const answered = new Exchange(net.node(), mallory, { expected: bob.credentials.peerId })
    mallory.credentials = { ...mallory.credentials, peerId: bob.credentials.peerId }
    answered.run()
    expect(answered.a).toMatchObject({ established: undefined, failed: { code: 'IDENTITY_MISMATCH' } })
    // Or with Bob's chain, whose key she does not hold.
    mallory.credentials = { ...mallory.credentials, chain: bob.credentials.chain, certHash: bob.credentials.certHash }
    const exchange = dial(alice, mallory, { certificate: alice.learn(bob), expected: bob.credentials.peerId })
    expect([exchange.a.established, exchange.b.established]).toEqual([undefined, undefined])
  })

  it('[§6.16] a first message reflected to its sender is refused, and nobody dials himself', () => {
    const { alice, bob } = pair()
    const [m1] = dial(alice, bob, { tamper: () => undefined }).toResponder as [Uint8Array]
    expect(outward(confront(alice, m1))).toEqual(SILENCE)
    expect(outward(confront(alice, remac(alice, m1))).established).toBe(false)
    const self = dial(alice, alice)
    expect(self.a.failed?.code).toBe('IDENTITY_MISMATCH')
    expect(self.toResponder).toEqual([])
    // With a former certificate of one's own, by a copy of the identity elsewhere.
    const copy = alice.net.node(alice.root)
    copy.credentials = alice.credentials
    const target = alice.learn(alice)
    alice.renew(alice.net.time.wallMs - 1000)
    alice.learn(alice)
    Object.assign(copy.context, { local: () => ({ ...copy.credentials, peerId: bob.credentials.peerId }) })
    const reflected = new Exchange(copy, alice, { certificate: target, expected: alice.credentials.peerId }).run()
    expect(reflected.b.established).toBeUndefined()
  })
})

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
    expect(outward(confront(bob, first.toResponder[0] as Uint8Array)).established, 'replayed').toBe(false)
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

  it('a ticket of another peer, or an answer to one that was not shown, is refused', () => {
    const { net, alice, bob } = pair()
    const ticket = ticketFor(alice, bob)
    expect(() => dial(alice, net.node(), { ticket: ticket() })).toThrow('another peer')
    const tamper = (packet: Uint8Array, to: string) =>
      to === 'initiator' && packet[0] === PACKET.ticketUnknown ? xored(packet, 20) : packet
    bob.shared.tickets.revoke(alice.credentials.peerId)
    expect(dial(alice, bob, { ticket: ticket(), tamper }).a.failed?.code).toBe('PROTOCOL_VIOLATION')
  })
})

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
    const m1 = () => dial(alice, bob, { tamper: () => undefined }).toResponder[0] as Uint8Array
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
})

/** A key that answers when the test says so. */
function slow(decapsulator: Decapsulator, answers: (() => void)[]): Decapsulator {
  return {
    publicKey: decapsulator.publicKey,
    decapsulate(ciphertext, later) {
      answers.push(() => {
        const secret = decapsulator.decapsulate(ciphertext, later)
        if (secret !== undefined) later(secret === false ? undefined : secret)
      })
      return undefined
    },
    free: () => decapsulator.free(),
  }
}
