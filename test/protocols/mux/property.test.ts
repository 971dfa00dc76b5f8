import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat } from '../../../src/core/bytes.js'
import { type MuxEnd, MuxPair, pattern } from '../../support/mux-pair.js'

/** One step of one side; `pick` chooses among the streams that exist. */
interface Step {
  readonly side: 'a' | 'b'
  readonly act: 'open' | 'write' | 'end' | 'reset' | 'stop' | 'deliver' | 'consume' | 'datagram' | 'priority'
  readonly pick: number
  readonly size: number
}

const step: fc.Arbitrary<Step> = fc.record({
  side: fc.constantFrom('a', 'b'),
  act: fc.constantFrom(
    'open',
    'write',
    'write',
    'write',
    'end',
    'reset',
    'stop',
    'deliver',
    'deliver',
    'consume',
    'datagram',
    'priority',
  ),
  pick: fc.nat(1000),
  size: fc.oneof(fc.nat(40), fc.nat(3000)),
})

/** What one side was asked to send on one stream. */
interface Sent {
  parts: Uint8Array[]
  ended: boolean
  givenUp: boolean
}

/** Runs steps on a pair and keeps what should have arrived where. */
class Model {
  readonly pair = new MuxPair({
    limits: { maxStreamBytes: 2000, maxDataBytes: 5000, maxStreams: 4, maxDatagramBytes: 400 },
    records: { bodyBytes: 600, maxWaitingBytes: 1500 },
  })
  readonly ids = { a: [0, 1, 5], b: [0, 1, 5] }
  readonly sent = { a: new Map<number, Sent>(), b: new Map<number, Sent>() }
  private readonly owed = { a: new Map<number, number>(), b: new Map<number, number>() }

  constructor() {
    for (const side of ['a', 'b'] as const) {
      const end = this.pair[side]
      end.autoConsume = false
      end.inspect = (id, _buffer, from, to) => this.owed[side].set(id, (this.owed[side].get(id) ?? 0) + to - from)
      const onStream = end.onStream.bind(end)
      end.onStream = (id, name, priority) => {
        this.ids[side].push(id)
        onStream(id, name, priority)
      }
      const onStop = end.onStop.bind(end)
      end.onStop = (id, code) => {
        this.of(side, id).givenUp = true
        onStop(id, code)
      }
    }
  }

  run({ side, act, pick, size }: Step): void {
    const end = this.pair[side]
    const id = this.ids[side][pick % this.ids[side].length]
    if (act === 'open') this.open(side, end)
    else if (act === 'deliver') this.pair.deliver(end)
    else if (act === 'consume') this.consume(side, end, id, size)
    else if (act === 'datagram') end.mux.datagram(pattern(size), 0, Math.min(size, 400))
    else if (act === 'priority') end.mux.priority(id, pick % 4)
    else this.change(side, end, id, act, size)
  }

  /** Consumes everything and carries records until nothing moves. */
  finish(): void {
    const { a, b } = this.pair
    for (let moved = true; moved;) {
      const before = a.receivedBytes + b.receivedBytes
      this.pair.settle()
      for (const side of ['a', 'b'] as const)
        for (const id of this.owed[side].keys()) this.consume(side, this.pair[side], id, Infinity)
      this.pair.settle()
      moved = a.receivedBytes + b.receivedBytes > before
    }
  }

  private of(side: 'a' | 'b', id: number): Sent {
    const sent = this.sent[side].get(id) ?? { parts: [], ended: false, givenUp: false }
    this.sent[side].set(id, sent)
    return sent
  }

  private open(side: 'a' | 'b', end: MuxEnd): void {
    const id = end.mux.open('name', id0(this.ids[side].length))
    if (id >= 0) this.ids[side].push(id)
  }

  private consume(side: 'a' | 'b', end: MuxEnd, id: number, size: number): void {
    const bytes = Math.min(size, this.owed[side].get(id) ?? 0)
    this.owed[side].set(id, (this.owed[side].get(id) ?? 0) - bytes)
    end.mux.consume(id, bytes)
  }

  private change(side: 'a' | 'b', end: MuxEnd, id: number, act: Step['act'], size: number): void {
    const sent = this.of(side, id)
    if (act === 'write' && !sent.ended && !sent.givenUp) {
      const bytes = pattern(size, sent.parts.length)
      sent.parts.push(bytes)
      end.send(id, bytes)
    } else if (act === 'end' && id >= 8 && end.unsent(id) === 0) {
      sent.ended = true
      end.mux.end(id)
    } else if (act === 'reset' && id >= 8) {
      sent.givenUp = true
      end.mux.reset(id, size)
    } else if (act === 'stop' && id >= 8) {
      this.of(side === 'a' ? 'b' : 'a', id).givenUp = true
      end.mux.stop(id, size)
    }
  }
}

function id0(value: number): number {
  return value % 4
}

describe('two muxes under any interleaving', () => {
  it('end with the same bytes on the other side, within all windows', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), steps => {
        const model = new Model()
        const { a, b } = model.pair
        for (const each of steps) model.run(each)
        model.finish()
        expect([a.violation, b.violation]).toEqual([undefined, undefined])
        // 3 lanes of 2000 and the streams' 5000 together.
        expect(Math.max(a.largestUnconsumed, b.largestUnconsumed)).toBeLessThanOrEqual(11_000)
        expect(a.mux.stats.unconsumedBytes + b.mux.stats.unconsumedBytes).toBe(0)
        for (const [from, to] of [['a', 'b'] as const, ['b', 'a'] as const]) {
          for (const [id, sent] of model.sent[from]) {
            const bytes = concat(...sent.parts)
            const got = model.pair[to].bytesOf(id)
            // Given up: a prefix, and nothing else, may have arrived.
            const expected = sent.givenUp ? bytes.subarray(0, got.length) : bytes
            expect(model.pair[to].got(id, expected)).toBe(true)
            const ended = model.pair[to].events.includes(`end ${id}`)
            if (!sent.givenUp) expect(ended).toBe(sent.ended)
          }
        }
      }),
      { seed: 20, numRuns: 300 },
    )
  })

  it('a stream whose both halves ended is forgotten on both sides', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const model = new Model()
        const { a, b } = model.pair
        for (const each of steps) model.run(each)
        for (const [side, end] of [['a', a] as const, ['b', b] as const])
          for (const id of model.ids[side]) end.mux.reset(id, 0)
        model.finish()
        // Streams the peer learnt of only now.
        for (const [side, end] of [['a', a] as const, ['b', b] as const])
          for (const id of model.ids[side]) end.mux.reset(id, 0)
        model.finish()
        expect([a.mux.stats.streams, b.mux.stats.streams]).toEqual([0, 0])
        expect([a.mux.stats.waiting, b.mux.stats.waiting]).toEqual([0, 0])
      }),
      { seed: 21, numRuns: 200 },
    )
  })
})

describe('a mux that reads bytes of an attacker', () => {
  const frameLike = fc
    .array(
      fc.tuple(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19),
        fc.constantFrom(0, 3, 8, 9, 10, 12),
        fc.uint8Array({ maxLength: 12 }),
      ),
      { maxLength: 12 },
    )
    .map(parts => concat(...parts.map(([kind, id, rest]) => concat(new Uint8Array([kind, id]), rest))))

  it('never throws, whatever the bytes', () => {
    const kinds = { violated: 0, fine: 0 }
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), frameLike), { maxLength: 6 }), records => {
        const pair = new MuxPair({ limits: { maxStreamBytes: 100, maxDataBytes: 200, maxStreams: 3 } })
        pair.b.autoConsume = false
        pair.b.mux.open('ours', 0)
        for (const record of records) pair.b.mux.receive(record, 0, record.length)
        kinds[pair.b.violation === undefined ? 'fine' : 'violated']++
        // Two lanes at most get data of the generator's ids 0 and 3, others by chance: eight lanes and the session.
        expect(pair.b.largestUnconsumed).toBeLessThanOrEqual(8 * 100 + 200)
        expect(pair.b.mux.stats.streams).toBeLessThanOrEqual(4)
      }),
      { seed: 22, numRuns: 5000 },
    )
    expect(kinds.violated).toBeGreaterThan(100)
    expect(kinds.fine).toBeGreaterThan(100)
  })

  it('never throws when a valid record is changed in one byte', () => {
    const { a } = new MuxPair()
    const id = a.mux.open('stream', 2)
    a.mux.write(id, pattern(50), 0, 50)
    a.mux.ping(7)
    a.mux.write(1, pattern(20), 0, 20)
    a.mux.stop(id, 9)
    a.mux.end(id)
    const record = a.records.take() as Uint8Array
    for (let at = 0; at < record.length; at++) {
      for (const value of [0, 1, 0x13, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff]) {
        const pair = new MuxPair()
        const changed = record.slice()
        changed[at] = value
        pair.b.mux.receive(changed, 0, changed.length)
        expect(pair.b.receivedBytes).toBeLessThanOrEqual(record.length)
      }
    }
  })
})
