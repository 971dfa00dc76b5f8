import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { CLOSE_CODES, closeCode } from '../../../src/protocols/session/close-codes.js'
import { RecordReader } from '../../../src/protocols/session/record-reader.js'
import { ChainAssembly, chainPieces } from '../../../src/protocols/session/chain-pieces.js'
import { SegmentPool } from '../../../src/protocols/session/segments.js'
import { dice, SessionPair, TestCarrier } from '../../support/handshake-sessions.js'

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
const phases = (written: Uint8Array[]) => {
  const seen = new Set<number>()
  for (const chunk of written) {
    for (let at = 0; at < chunk.length; at += 3 + (chunk[at + 1] as number) * 256 + (chunk[at + 2] as number)) {
      seen.add(chunk[at] as number)
    }
  }
  return seen
}

/** Sends `count` messages alternately, a record each. */
function talk(pair: SessionPair, count: number): void {
  for (let i = 0; i < count; i++) {
    pair.ends[i % 2]?.send(20)
    pair.settle()
  }
}

function expectWhole(pair: SessionPair): void {
  expect(pair.ends.map(end => end.ended)).toEqual([undefined, undefined])
  expect(pair.responder.got).toEqual(upTo(pair.initiator.next))
  expect(pair.initiator.got).toEqual(upTo(pair.responder.next))
}

describe('records', () => {
  it('arrive in order however the stream is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 5000 }), (seed, piece) => {
        const roll = dice(seed)
        const pair = new SessionPair({ seed }).start()
        pair.pieceBytes = piece
        for (let i = 0; i < 30; i++) pair.ends[roll(2)]?.send(roll(5) === 0 ? roll(20_000) : roll(60))
        pair.settle().advance(200)
        expectWhole(pair)
      }),
      { numRuns: 30, seed: 3 },
    )
  })

  it('a changed byte anywhere closes the carrier, delivers nothing and costs nothing once it comes again', () => {
    const pair = new SessionPair({ real: true, config: { maxIdleAttaches: 1e6 } }).start().advance(100)
    pair.initiator.send(30)
    pair.initiator.session.flush(pair.time)
    const record = pair.initiator.carrier?.read('initiator', 1e6) as Uint8Array
    for (let at = 0; at < record.length; at++) {
      const changed = record.slice()
      changed[at] = (changed[at] as number) ^ 0x40
      // A longer length waits for bytes that never come; the rest must not open.
      const flood = new Uint8Array(70_000)
      flood.set(changed)
      const faults = pair.responder.faults.length
      pair.responder.session.receive(flood, 0, flood.length, pair.time)
      expect(pair.responder.faults.length, `byte ${at}`).toBeGreaterThan(faults)
      expect(pair.responder.got).toEqual([])
    }
    expect(pair.attach()).toBe(true)
    expect(pair.responder.got).toEqual([0])
    expectWhole(pair)
  })

  it('[C47] [D7] any single changed bit of a session is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(), fc.nat(7), (seed, where, bit) => {
        const pair = new SessionPair({ real: true, seed }).start()
        for (let i = 0; i < 4; i++) pair.initiator.send(50 * i)
        pair.initiator.session.flush(pair.time)
        const stream = pair.initiator.carrier?.read('initiator', 1e6) as Uint8Array
        const at = where % stream.length
        stream[at] = (stream[at] as number) ^ (1 << bit)
        const padded = new Uint8Array(stream.length + 70_000)
        padded.set(stream)
        pair.responder.session.receive(padded, 0, padded.length, pair.time)
        expect(pair.responder.faults).toHaveLength(1)
        expect(pair.responder.got).toEqual(upTo(pair.responder.got.length))
        expect(pair.responder.got.length).toBeLessThan(4)
      }),
      { numRuns: 150, seed: 11 },
    )
  })

  it('the reader takes any split of any records and refuses impossible lengths', () => {
    const lengths = fc.array(fc.integer({ min: 17, max: 3000 }), { maxLength: 12 })
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1 }), (sizes, cuts) => {
        const stream = Uint8Array.from(
          sizes.flatMap((size, i) => [i, size >> 8, size & 255, ...new Array<number>(size).fill(i)]),
        )
        const seen: number[] = []
        const reader = new RecordReader(new SegmentPool())
        let turn = 0
        for (let at = 0; at < stream.length;) {
          const end = Math.min(stream.length, at + (cuts[turn++ % cuts.length] as number))
          const fine = reader.read(stream, at, end, (buffer, from, to) => {
            expect(buffer[from]).toBe(seen.length)
            expect(buffer[to - 1]).toBe(seen.length)
            seen.push(to - from - 3)
            return true
          })
          expect(fine).toBe(true)
          at = end
        }
        expect(seen).toEqual(sizes)
      }),
      { seed: 5 },
    )
    for (const split of [1, 2, 3, 20]) {
      const reader = new RecordReader(new SegmentPool())
      const bad = Uint8Array.of(0, 0, 16, ...new Array<number>(16).fill(0))
      let fine = true
      for (let at = 0; at < bad.length && fine; at += split) {
        fine = reader.read(bad, at, Math.min(at + split, bad.length), () => true)
      }
      expect(fine, `pieces of ${split}`).toBe(false)
    }
  })

  it('[C70] random bytes and mutated records never throw and never reach the multiplexer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (garbage, inside) => {
        const pair = new SessionPair({ real: true }).start()
        const { session } = pair.responder
        session.receive(garbage.slice(), 0, garbage.length, pair.time)
        expect(pair.responder.got).toEqual([])
        if (!inside) return
        // The same bytes as the plaintext of a genuine record: a peer that breaks the rules.
        const liar = new SessionPair({ real: true }).start()
        ;(liar.initiator.session.records as unknown as { control(type: number, body: Uint8Array): void }).control(
          garbage[0] ?? 200,
          garbage.slice(1),
        )
        if ((garbage[0] ?? 200) !== 1) liar.settle()
      }),
      { numRuns: 300, seed: 17 },
    )
  })
})

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
})

describe('keys', () => {
  const rekey = { stepRecords: 1e9, stepBytes: 1e9, stepMs: 1e9, hardRecords: 1e9 }

  it.each([
    ['records', { ...rekey, stepRecords: 3 }],
    ['bytes', { ...rekey, stepBytes: 150 }],
    ['time', { ...rekey, stepMs: 40 }],
  ])('step by %s, more often than a phase byte counts', (_, limits) => {
    const pair = new SessionPair({ real: true, config: { rekey: limits } }).start()
    for (let i = 0; i < 60; i++) {
      talk(pair, 2)
      pair.advance(30)
    }
    expectWhole(pair)
    expect([...phases(pair.initiator.written)].sort((a, b) => a - b)).toEqual(upTo(16))
  })

  it('[§6.18] a counter at its limit closes both directions; no nonce is used twice', () => {
    const pair = new SessionPair({ real: true, config: { rekey: { ...rekey, hardRecords: 20 } } }).start()
    for (let i = 0; i < 40; i++) {
      pair.initiator.send(5)
      pair.settle()
    }
    expect(pair.initiator.ended).toMatchObject({ code: 'SESSION_LOST', remote: false })
    expect(pair.responder.got.length).toBeLessThan(20)
    expect(pair.initiator.send(5)).toBe(false)
    expect(pair.initiator.written.length).toBeLessThanOrEqual(20)
    expect(new Set(pair.initiator.written.map(String)).size).toBe(pair.initiator.written.length)
  })

  it('the KEM ratchet renews everything under traffic in both directions', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const before = pair.initiator.session.secrets.attach.slice()
    const ids = String(pair.responder.session.attachIds())
    for (let i = 0; i < 200; i++) {
      pair.initiator.send(i)
      if (i % 3 === 0) pair.settle()
      pair.responder.send(2 * i)
      pair.advance(30)
    }
    pair.settle()
    expectWhole(pair)
    const [a, b] = pair.ends.map(end => end.session.secrets)
    expect(a?.attach).not.toEqual(before)
    expect(String(pair.responder.session.attachIds())).not.toBe(ids)
    for (const name of ['chain', 'resumption', 'attach', 'exporter', 'channelBinding'] as const) {
      expect(a?.[name]).toEqual(b?.[name])
    }
    // Twelve epochs at least: their number is in the high half of the phase.
    expect(new Set([...phases(pair.initiator.written)].map(phase => phase >> 4)).size).toBeGreaterThan(11)
  })

  it.each(upTo(6))('a carrier lost in the middle of a ratchet (%i) hurts nothing', when => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 1000, minRatchetMs: 0 } }).start().advance(100)
    pair.ms += 1000
    pair.initiator.session.tick(pair.time)
    pair.initiator.send(1)
    pair.initiator.session.flush(pair.time)
    pair.responder.send(2)
    const read = (from: 'initiator' | 'responder') => pair[from].carrier?.read(from, 1e6) ?? new Uint8Array(0)
    const give = (to: 'initiator' | 'responder', bytes: Uint8Array) => {
      if (bytes.length > 0) pair[to].session.receive(bytes, 0, bytes.length, pair.time)
    }
    if (when >= 1) give('responder', read('initiator'))
    if (when >= 2) pair.responder.session.flush(pair.time)
    if (when >= 3) give('initiator', read('responder'))
    if (when >= 4) pair.initiator.session.flush(pair.time)
    if (when >= 5) give('responder', read('initiator'))
    pair.cut()
    pair.initiator.send(3)
    pair.responder.send(4)
    expect(pair.attach()).toBe(true)
    pair.settle().advance(200)
    expectWhole(pair)
    expect(pair.initiator.session.secrets.chain).toEqual(pair.responder.session.secrets.chain)
    pair.cut()
    expect(pair.attach()).toBe(true)
  })

  it('a ratchet that ends while a change of carrier is under way does not spoil it', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 1000, minRatchetMs: 0 } }).start().advance(100)
    pair.ms += 1000
    pair.initiator.session.tick(pair.time)
    expect(pair.attach(Number.POSITIVE_INFINITY, () => pair.settle())).toBe(true)
    talk(pair, 4)
    expectWhole(pair)
  })

  it('an unanswered ratchet is not begun again, and one too soon closes', () => {
    const pair = new SessionPair({ config: { ratchetMs: 100 } }).start()
    pair.connect(new TestCarrier())
    for (let i = 0; i < 5; i++) {
      pair.ms += 100
      pair.initiator.session.tick(pair.time)
    }
    pair.settle()
    expect(pair.initiator.ended).toBeUndefined()
    pair.ms += LIMITS.minRatchetMs
    pair.initiator.session.tick(pair.time)
    pair.settle()
    expect(pair.responder.ended?.code).toBeUndefined()
    pair.ms += LIMITS.minRatchetMs - 1
    pair.initiator.session.tick(pair.time)
    pair.settle()
    expect(pair.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
  })

  it('the root of an epoch is gone as soon as both directions have their keys', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const gone = () => pair.ends.every(end => end.session.secrets.root.every(byte => byte === 0))
    expect(gone()).toBe(true)
    talk(pair, 4)
    pair.advance(600)
    talk(pair, 4)
    expect(phases(pair.initiator.written).has(0x10)).toBe(true)
    expect(gone()).toBe(true)
  })

  it('tickets have the same key on both sides, before and after a ratchet, and a bounded life', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const first = pair.responder.session.issueTicket(1e9, pair.time)
    pair.settle().advance(600)
    const second = pair.responder.session.issueTicket(5000, pair.time)
    pair.settle()
    expect(pair.initiator.tickets).toEqual([
      { ...first, lifetimeMs: LIMITS.ticketMs },
      { ...second, lifetimeMs: 5000 },
    ])
    expect(second.key).not.toEqual(first.key)
  })
})

describe('bounds', () => {
  it('writers wait at the bounds of what is unacknowledged or unsent, and go on', () => {
    const config = { maxUnackedBytes: 200_000, maxUnsentBytes: 100_000, ackDelayMs: 25 }
    const pair = new SessionPair({ config }).start().advance(50)
    const carrier = new TestCarrier()
    carrier.highWaterBytes = 1
    pair.connect(carrier)
    const fill = () => {
      let count = 0
      while (pair.initiator.send(1000)) count++
      return count
    }
    const first = fill()
    expect(first * 1006).toBeGreaterThan(90_000)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100_000 + 140_000)
    pair.initiator.session.flush(pair.time)
    // Written, so no longer unsent, but nothing is acknowledged.
    while (fill() > 0) pair.initiator.session.flush(pair.time)
    expect(pair.initiator.session.unackedCount).toBeLessThan(200_000 + 140_000)
    const { rooms } = pair.initiator
    expect(pair.initiator.session.records.reserve(1, 1)).toBe(0)
    carrier.highWaterBytes = Number.POSITIVE_INFINITY
    pair.initiator.session.drained(pair.time)
    pair.settle().advance(100)
    expect(pair.initiator.rooms).toBeGreaterThan(rooms)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100)
    expect(fill()).toBeGreaterThan(0)
  })

  it('a peer that acknowledges nothing while it makes us acknowledge ends the session, before memory grows', () => {
    const pair = new SessionPair({ config: { maxUnackedBytes: 10_000 } }).start()
    const { session } = pair.responder
    for (let i = 0; i < 20_000 && session.alive; i++) session.keepAlive(pair.time)
    expect(pair.responder.ended?.code).toBe('LIMIT_EXCEEDED')
    const seen: number[] = []
    const other = new SessionPair().start()
    for (let i = 0; i < 9000 && other.responder.session.alive; i++) {
      other.responder.session.keepAlive(other.time)
      seen.push(other.responder.session.unackedCount)
    }
    expect(Math.max(...seen)).toBeLessThan(1_048_576 + 262_144 + 100)
  })

  it('a transfer in one direction keeps neither log growing: acknowledgements are acknowledged in bulk', () => {
    const pair = new SessionPair({ config: { ackBytes: 1000 } }).start()
    for (let i = 0; i < 4000; i++) {
      pair.initiator.send(1200)
      pair.settle()
    }
    pair.advance(500)
    expect(pair.responder.got).toHaveLength(4000)
    expect(pair.responder.session.unackedCount).toBeLessThan(LIMITS.maxUnackedAcks * 28 + 28)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100)
  })

  it('two idle sessions fall silent', () => {
    const pair = new SessionPair().start().advance(1000)
    const before = pair.ends.map(end => end.written.length)
    pair.advance(600_000)
    expect(pair.ends.map(end => end.written.length)).toEqual(before)
  })
})
