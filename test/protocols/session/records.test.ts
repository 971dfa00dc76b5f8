import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordReader } from '../../../src/protocols/session/record-reader.js'
import { SegmentPool } from '../../../src/protocols/session/segments.js'
import { dice, SessionPair } from '../../support/handshake-sessions.js'

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

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
      changed[at] = changed[at] ^ 0x40
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
        stream[at] = stream[at] ^ (1 << bit)
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
          const end = Math.min(stream.length, at + cuts[turn++ % cuts.length])
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

  it('random bytes on the carrier never throw and never reach the multiplexer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), garbage => {
        const pair = new SessionPair({ real: true }).start()
        pair.responder.session.receive(garbage.slice(), 0, garbage.length, pair.time)
        expect(pair.responder.got).toEqual([])
      }),
      { numRuns: 200, seed: 17 },
    )
  })
})
