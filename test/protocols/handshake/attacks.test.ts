import { describe, expect, it } from 'vitest'
import { versionAfterHint } from '../../../src/protocols/handshake/offers.js'
import {
  CERT_REQUEST,
  COOKIE,
  M1,
  M2,
  PACKET,
  RESUME,
  STALE,
  VERSION_REJECT,
  writeHeader,
} from '../../../src/wire/handshake.js'
import { confront, equal, Exchange } from '../../support/handshake-net.js'
import { xored, pair, dial, remac, outward, SILENCE, slow } from '../../support/handshake-attacks.js'

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
    const request = new Exchange(alice, bob).run().toResponder[0]
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
    const request = new Exchange(alice, bob).run().toResponder[0]
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
    expect([...hinted.replies[0].slice(VERSION_REJECT.lowest)]).toEqual([1, 1])
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
