import { describe, expect, it } from 'vitest'
import { MuxStream } from '../../../src/protocols/mux/stream.js'
import { TurnQueue } from '../../../src/protocols/mux/turns.js'
import { TURN_BYTES } from '../../../src/protocols/mux/config.js'
import { MuxPair, pattern } from '../../support/mux-pair.js'

const BULK = 200_000

/** A pair whose sending session is full, with what `fill` then wants to write waiting. */
function full(fill: (pair: MuxPair) => void): MuxPair {
  const pair = new MuxPair({ records: { bodyBytes: 16_500, maxWaitingBytes: 1 } })
  pair.a.send(7, pattern(16_400))
  pair.a.records.seal()
  pair.a.send(7, pattern(1))
  fill(pair)
  return pair
}

describe('mux scheduling', () => {
  it('[C5] a stream that nobody reads blocks no other stream and no lane', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 50_000, maxDataBytes: 1_000_000 } })
    const { a, b } = pair
    b.autoConsume = false
    const stuck = a.mux.open('stuck', 0)
    const other = a.mux.open('other', 0)
    b.inspect = (id, _buffer, from, to) => id !== stuck && b.mux.consume(id, to - from)
    a.send(stuck, pattern(300_000))
    a.send(other, pattern(300_000, 1))
    a.send(2, pattern(300_000, 2))
    pair.settle()
    expect(b.got(stuck, pattern(300_000).subarray(0, 50_000))).toBe(true)
    expect(b.got(other, pattern(300_000, 1))).toBe(true)
    expect(b.got(2, pattern(300_000, 2))).toBe(true)
  })

  it('[C5] lanes pass when streams that nobody reads have used the whole window of the session', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 50_000, maxDataBytes: 100_000 } })
    const { a, b } = pair
    b.autoConsume = false
    b.inspect = (id, _buffer, from, to) => id < 8 && b.mux.consume(id, to - from)
    for (let i = 0; i < 4; i++) a.send(a.mux.open('stuck', 0), pattern(60_000))
    a.send(1, pattern(300_000))
    pair.settle()
    expect(b.got(1, pattern(300_000))).toBe(true)
    expect(b.mux.stats.unconsumedBytes).toBe(100_000)
  })

  it('[D60] gives room by priority, urgent first', () => {
    const pair = full(({ a }) => {
      for (const lane of [3, 2, 1, 0]) a.send(lane, pattern(10_000))
    })
    pair.a.turns.length = 0
    pair.settle()
    const turns = pair.a.turns.filter(id => id !== 7)
    expect([...new Set(turns)]).toEqual([0, 1, 2, 3])
    expect([...turns].sort()).toEqual(turns)
    expect(pair.b.dataOrder.filter(id => id !== 7)).toEqual([0, 1, 2, 3])
  })

  it('[D60] an urgent message overtakes bulk that is waiting', () => {
    const pair = full(({ a }) => a.send(3, pattern(BULK)))
    pair.deliver(pair.b)
    pair.deliver(pair.b)
    pair.a.send(0, pattern(100))
    pair.settle()
    const order = pair.b.dataOrder.filter(id => id !== 7)
    expect(order).toEqual([3, 0, 3])
    expect(pair.b.bytesOf(3).length).toBe(BULK)
  })

  it('goes round inside a priority, 16 KiB a turn', () => {
    const ids: number[] = []
    const pair = full(({ a }) => {
      for (let i = 0; i < 3; i++) {
        const id = a.mux.open('x', 2)
        ids.push(id)
        a.send(id, pattern(3 * TURN_BYTES))
      }
    })
    const took = new Map<number, number>()
    const most = { turn: 0 }
    pair.b.inspect = (id, _buffer, from, to) => {
      took.set(id, (took.get(id) ?? 0) + to - from)
      if (id < 8) return
      const counts = ids.map(each => took.get(each) ?? 0)
      most.turn = Math.max(most.turn, Math.max(...counts) - Math.min(...counts))
    }
    pair.settle()
    expect(ids.map(id => took.get(id))).toEqual(ids.map(() => 3 * TURN_BYTES))
    expect(most.turn).toBeLessThanOrEqual(2 * TURN_BYTES)
  })

  it('starves nobody: of eight turns one goes to each lower priority in its turn', () => {
    const queue = new TurnQueue()
    const streams = [0, 1, 2, 3].map(priority => new MuxStream(priority, priority, '', 1, 1))
    const counts = [0, 0, 0, 0]
    for (const stream of streams) queue.push(stream)
    for (let turn = 0; turn < 4096; turn++) {
      const stream = queue.shift() as MuxStream
      counts[stream.priority] = counts[stream.priority] + 1
      queue.push(stream)
    }
    expect(counts).toEqual([3584, 448, 56, 8])
  })

  it('changes priority while waiting, and forgets a stream that is reset while waiting', () => {
    const ids: number[] = []
    const pair = full(({ a }) => {
      for (let i = 0; i < 3; i++) {
        ids.push(a.mux.open('x', 2))
        a.send(ids[i], pattern(100))
      }
      a.mux.priority(ids[2], 0)
      a.mux.reset(ids[0], 9)
      a.mux.priority(12345, 0)
    })
    pair.settle()
    expect(pair.b.dataOrder.filter(id => id !== 7)).toEqual([ids[2], ids[1]])
    expect(pair.b.events).toContain(`reset ${ids[0]} 9`)
  })

  it('keeps order in its queues whatever is pushed and removed', () => {
    const queue = new TurnQueue()
    const [a, b, c] = [1, 2, 3].map(id => new MuxStream(id, 0, '', 1, 1)) as [MuxStream, MuxStream, MuxStream]
    for (const stream of [a, b, c, a]) queue.push(stream)
    expect(queue.size).toBe(3)
    queue.remove(b)
    queue.remove(b)
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([a, c, undefined])
    const other = new TurnQueue()
    queue.push(a)
    other.push(a)
    expect([queue.size, other.size]).toEqual([0, 1])
  })
})
