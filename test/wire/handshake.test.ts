import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/core/limits.js'
import { PacketReader } from '../../src/protocols/handshake/packet-reader.js'
import * as wire from '../../src/wire/handshake.js'
import { confront, Exchange, HandshakeNet } from '../support/handshake-net.js'

const { PACKET, packetLength, resumeBytes, writeHeader } = wire

/** A packet of any type with valid lengths and random content. */
const packets = fc
  .tuple(fc.constantFrom(...Object.values(PACKET)), fc.nat(300), fc.nat(255))
  .map(([type, extra, fill]) => {
    const head = new Uint8Array(1400).fill(fill)
    writeHeader(head, type, fill)
    if (type === PACKET.certificates) head.set([0, 0, extra >> 8, extra], wire.CERTIFICATES.length)
    if (type === PACKET.resume) head.set([extra >> 8, extra], wire.RESUME.earlyLength)
    const length = packetLength(head, 0, head.length, 1000)
    const packet = new Uint8Array(length).fill(fill)
    packet.set(head.subarray(0, Math.min(length, 1400)))
    return packet
  })

describe('packets', () => {
  it('have the lengths of the specification', () => {
    const { M1, M2, CERT_REQUEST, STALE, COOKIE, RESUMED, ATTACH, ATTACH_OK, ATTACH_DONE } = wire
    expect([M1.bytes, M2.bytes, wire.M1_SEALED.bytes]).toEqual([3720, 2352, 1320])
    expect([CERT_REQUEST.bytes, STALE.bytes, COOKIE.bytes, RESUMED.bytes]).toEqual([48, 48, 48, 1216])
    expect([ATTACH.bytes, ATTACH_OK.bytes, ATTACH_DONE.bytes, resumeBytes(0)]).toEqual([64, 56, 32, 1386])
  })

  it('lengths are told once enough is there, and never for what is no packet', () => {
    const one = (type: number, ...rest: number[]) => packetLength(Uint8Array.of(type, ...rest), 0, 1 + rest.length, 100)
    expect(packetLength(new Uint8Array(0), 0, 0, 100)).toBe(0)
    expect([0, 15, 200, 255].map(type => one(type))).toEqual([-1, -1, -1, -1])
    expect([one(PACKET.certificates), one(PACKET.resume), one(PACKET.m1)]).toEqual([0, 0, wire.M1.bytes])
    const head = new Uint8Array(wire.RESUME.bytes)
    head[0] = PACKET.certificates
    head[wire.CERTIFICATES.length + 3] = 100
    expect(packetLength(head, 0, head.length, 100)).toBe(136)
    expect(packetLength(head, 0, head.length, 99)).toBe(-1)
    head.fill(255, wire.CERTIFICATES.length, wire.CERTIFICATES.length + 4)
    expect(packetLength(head, 0, head.length, LIMITS.maxChainBytes)).toBe(-1)
  })

  it('are read from any split of any sequence', () => {
    const splits = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(packets, { maxLength: 6 }), splits, (all, cuts) => {
        const stream = Uint8Array.from(all.flatMap(packet => [...packet]))
        const reader = new PacketReader(1000)
        const seen: Uint8Array[] = []
        for (let at = 0, turn = 0; at < stream.length;) {
          const end = Math.min(stream.length, at + (cuts[turn++ % cuts.length] ?? 1))
          expect(reader.read(stream, at, end, packet => seen.push(packet) > 0)).toBeUndefined()
          at = end
        }
        expect(seen.map(packet => Buffer.from(packet).toString('hex'))).toEqual(
          all.map(packet => Buffer.from(packet).toString('hex')),
        )
      }),
      { numRuns: 100, seed: 2 },
    )
  })

  it('stop where they are told to and hand over what follows', () => {
    const reader = new PacketReader(0)
    const bytes = new Uint8Array(wire.ATTACH_DONE.bytes + 5).fill(9)
    writeHeader(bytes, PACKET.attachDone, 1)
    expect(reader.read(bytes, 0, 20, () => false)).toBeUndefined()
    expect(reader.read(bytes, 20, bytes.length, () => false)).toEqual(new Uint8Array(5).fill(9))
  })

  it('[C70] random and mutated packets never throw, at either side, and never make a session', () => {
    const net = new HandshakeNet()
    const [alice, bob] = [net.node(), net.node()]
    const { toResponder, toInitiator } = new Exchange(alice, bob).run()
    const genuine = [...toResponder, ...toInitiator]
    const mutated = fc
      .tuple(
        fc.constantFrom(...genuine),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
      )
      .map(([packet, changes, cut]) => {
        const copy = packet.slice(0, cut % 3 === 0 ? cut % packet.length : packet.length)
        for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 4000 }), mutated, packets), bytes => {
        const outcome = confront(bob, bytes)
        expect(outcome.established).toBeUndefined()
        for (const reply of outcome.replies)
          expect(reply.length).toBeLessThanOrEqual(Math.max(bytes.length, bob.credentials.chain.length + 36))
        for (const certificate of [undefined, alice.learn(bob)]) {
          const exchange = new Exchange(alice, bob, { certificate, tamper: () => undefined }).run()
          exchange.initiator.receive(bytes, 0, bytes.length, net.time)
          expect(exchange.a.established).toBeUndefined()
        }
      }),
      { numRuns: 400, seed: 31 },
    )
  })
})
