import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { CLOSE_CODES, closeCode } from '../../../src/protocols/session/close-codes.js'
import { ChainAssembly, chainPieces } from '../../../src/protocols/session/chain-pieces.js'
import { SessionPair } from '../../support/handshake-sessions.js'

/** Seals a control record as a peer that keeps to no rule. */
function forge(pair: SessionPair, from: 'initiator' | 'responder', type: number, body: Uint8Array): void {
  const writer = pair[from].session.records as unknown as { control(type: number, body: Uint8Array): void }
  writer.control(type, body)
  pair.settle()
}

describe('control records', () => {
  const wrong: [string, 'initiator' | 'responder', number, number][] = [
    ['ack of 7 bytes', 'initiator', 2, 7],
    ['a ratchet key that is too short', 'initiator', 3, 1215],
    ['a ratchet from the responder', 'responder', 3, 1216],
    ['a ratchet answer nobody asked for', 'responder', 4, 1120],
    ['a ratchet answer from the initiator', 'initiator', 4, 1120],
    ['a chain after authentication', 'initiator', 5, 100],
    ['a chain from the responder', 'responder', 5, 100],
    ['a confirmation with a body', 'initiator', 6, 1],
    ['a confirmation from the responder', 'responder', 6, 0],
    ['a ticket from the initiator', 'initiator', 7, 36],
    ['a ticket that is too long', 'responder', 7, 37],
    ['a close of 1 byte', 'initiator', 8, 1],
    ['a sign of life with a body', 'initiator', 9, 1],
    ['type 0', 'initiator', 0, 0],
    ['type 10', 'responder', 10, 0],
  ]
  it.each(wrong)('%s closes the session', (_, from, type, bytes) => {
    const pair = new SessionPair({ real: true }).start()
    forge(pair, from, type, new Uint8Array(bytes))
    const victim = from === 'initiator' ? pair.responder : pair.initiator
    expect(victim.ended).toMatchObject({ code: 'PROTOCOL_VIOLATION', remote: false })
    expect(pair[from].ended).toMatchObject({ code: 'PROTOCOL_VIOLATION', remote: true })
  })

  it('an acknowledgement of what was never sent closes the session', () => {
    const pair = new SessionPair().start()
    forge(pair, 'initiator', 2, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 99))
    expect(pair.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
  })

  it('close codes and reasons arrive; unknown numbers count as CLOSED', () => {
    const pair = new SessionPair().start()
    pair.initiator.session.close('RATE_LIMITED', 'too much of it')
    pair.settle()
    expect(pair.responder.ended).toEqual({ code: 'RATE_LIMITED', reason: 'too much of it', remote: true })
    expect(pair.initiator.ended?.remote).toBe(false)
    expect(CLOSE_CODES.map((_, i) => closeCode(i))).toEqual(CLOSE_CODES)
    expect(closeCode(60_000)).toBe('CLOSED')
  })

  it('reasons are bounded both ways', () => {
    const pair = new SessionPair().start()
    forge(pair, 'initiator', 8, new Uint8Array(5000).fill(0x61).fill(0, 0, 2))
    expect(pair.responder.ended?.reason).toHaveLength(256)
    const other = new SessionPair().start()
    other.initiator.session.close('INTERNAL', '€'.repeat(1000))
    other.settle()
    expect(other.responder.ended?.reason).toHaveLength(80)
  })
})

describe('authentication inside the session', () => {
  it('[§6.11] [C45] an unconfirmed responder tells nobody of it; data before the chain closes', () => {
    const pair = new SessionPair()
    expect(pair.responder.confirmedCount).toBe(0)
    pair.initiator.send(5)
    pair.settle()
    expect(pair.responder.got).toEqual([])
    expect(pair.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
  })

  it('a replayed first message leaves a session that no record ever confirms', () => {
    const pair = new SessionPair()
    pair.responder.session.trustInitiator()
    pair.responder.session.receive(new Uint8Array(2000).fill(7), 0, 2000, pair.time)
    expect([pair.responder.confirmedCount, pair.responder.got.length]).toEqual([0, 0])
    expect(pair.responder.faults).toHaveLength(1)
  })

  it('takes a chain in pieces, then data', () => {
    const pair = new SessionPair({ real: true })
    const chain = pair.random.fill(new Uint8Array(100_000))
    pair.initiator.session.introduce(chain, pair.time)
    pair.initiator.send(5)
    pair.settle()
    expect(pair.responder.chains.map(one => Buffer.compare(one, chain))).toEqual([0])
    expect([pair.responder.confirmedCount, pair.responder.got]).toEqual([1, [0]])
  })

  it('a chain that is refused, a confirmation in its place or a ratchet before it closes', () => {
    const refused = new SessionPair()
    refused.responder.chainIsGood = false
    refused.initiator.session.introduce(new Uint8Array(100), refused.time)
    refused.settle()
    expect(refused.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
    for (const [type, bytes] of [
      [6, 0],
      [3, 1216],
    ] as const) {
      const pair = new SessionPair()
      forge(pair, 'initiator', type, new Uint8Array(bytes))
      expect(pair.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
    }
  })

  it('pieces of a chain: limits one past, order, totals, and no room for what is only announced', () => {
    const piece = (total: number, offset: number, bytes: number) => {
      const body = new Uint8Array(8 + bytes)
      new DataView(body.buffer).setUint32(0, total)
      new DataView(body.buffer).setUint32(4, offset)
      return body
    }
    expect(new ChainAssembly().take(piece(LIMITS.maxChainBytes, 0, 10))).toBeUndefined()
    expect(new ChainAssembly().take(piece(LIMITS.maxChainBytes + 1, 0, 10))).toBe('malformed')
    expect(new ChainAssembly().take(piece(10, 0, 11))).toBe('malformed')
    expect(new ChainAssembly().take(piece(10, 1, 2))).toBe('malformed')
    expect(new ChainAssembly().take(piece(10, 0, 0))).toBe('malformed')
    expect(new ChainAssembly().take(piece(0, 0, 1))).toBe('malformed')
    const assembly = new ChainAssembly()
    expect(assembly.take(piece(20, 0, 5))).toBeUndefined()
    expect(assembly.take(piece(21, 5, 5))).toBe('malformed')
    expect((assembly as unknown as { bytes: Uint8Array }).bytes.length).toBeLessThanOrEqual(5)
    expect(assembly.take(piece(20, 5, 15))).toHaveLength(20)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200_000 }), chain => {
        const whole = new ChainAssembly()
        const results = chainPieces(chain).map(([head, part]) => whole.take(Uint8Array.from([...head, ...part])))
        expect(results.pop()).toEqual(chain)
        expect(results.every(result => result === undefined)).toBe(true)
      }),
      { numRuns: 10, seed: 1 },
    )
  })

  it('any body of any control record, sealed by a peer that keeps to no rule, ends in a typed way or is taken', () => {
    const sides = fc.constantFrom('initiator' as const, 'responder' as const)
    fc.assert(
      fc.property(sides, fc.integer({ min: 2, max: 255 }), fc.uint8Array({ maxLength: 1300 }), (from, type, body) => {
        const pair = new SessionPair().start()
        forge(pair, from, type, body)
        const victim = from === 'initiator' ? pair.responder : pair.initiator
        expect(victim.got).toEqual([])
        if (victim.ended !== undefined) expect(CLOSE_CODES).toContain(victim.ended.code)
      }),
      { numRuns: 500, seed: 23 },
    )
  })
})
