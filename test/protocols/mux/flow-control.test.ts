import { describe, expect, it } from 'vitest'
import { isDue } from '../../../src/protocols/mux/credit.js'
import { MuxPair, pattern } from '../../support/mux-pair.js'

const KIB = 1024

describe('mux flow control', () => {
  it('[C6] [D59] takes 16 MiB through a slow reader and never holds more than the window', () => {
    const maxStreamBytes = 256 * KIB
    const pair = new MuxPair({ limits: { maxStreamBytes } })
    const bytes = pattern(16 * 1024 * KIB)
    const { a, b } = pair
    b.autoConsume = false
    b.keep = false
    let at = 0
    let wrong = 0
    b.inspect = (_id, buffer, from, to) => {
      for (let i = from; i < to; i++) if (buffer[i] !== bytes[at++]) wrong++
    }
    const id = a.mux.open('big', 3)
    a.send(id, bytes, true)
    let rounds = 0
    while (!b.events.includes(`end ${id}`) && rounds++ < 100_000) {
      pair.settle()
      b.mux.consume(id, 10_000)
    }
    expect(wrong).toBe(0)
    expect(at).toBe(bytes.length)
    expect(b.largestUnconsumed).toBe(maxStreamBytes)
    expect(rounds).toBeGreaterThan(1000)
  })

  it('[C6] a reader that takes nothing stops the writer at exactly the window', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 1000 } })
    pair.b.autoConsume = false
    const id = pair.a.mux.open('x', 0)
    expect(pair.a.mux.write(id, pattern(5000), 0, 5000)).toBe(1000)
    expect(pair.a.mux.write(id, pattern(5000), 1000, 5000)).toBe(0)
    pair.settle()
    expect(pair.b.mux.stats.unconsumedBytes).toBe(1000)
    expect(pair.a.turns).toEqual([])
    pair.b.mux.consume(id, 1000)
    pair.settle()
    expect(pair.a.turns).toEqual([id])
    expect(pair.a.mux.write(id, pattern(5000), 1000, 5000)).toBe(1000)
  })

  it('[D59] holds all streams together to the window of the session, lanes apart', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 1000, maxDataBytes: 2500 } })
    pair.b.autoConsume = false
    const ids = [0, 1, 2, 3].map(() => pair.a.mux.open('x', 0))
    expect(ids.map(id => pair.a.mux.write(id, pattern(1000), 0, 1000))).toEqual([1000, 1000, 500, 0])
    expect(pair.a.mux.stats).toMatchObject({ sendCreditBytes: 0, waiting: 2, streams: 4 })
    expect(pair.a.mux.write(0, pattern(1000), 0, 1000)).toBe(1000)
    pair.settle()
    expect(pair.b.mux.stats.unconsumedBytes).toBe(3500)
    pair.b.mux.consume(ids[0], 1000)
    pair.b.mux.consume(ids[1], 1000)
    pair.settle()
    expect(pair.a.turns).toEqual([ids[2], ids[3]])
  })

  it('tells a new limit when half the window is used and an eighth is free, not for every crumb', () => {
    expect(isDue(800, 399, 399, 800)).toBe(false)
    expect(isDue(800, 400, 400, 800)).toBe(true)
    expect(isDue(800, 800, 99, 800)).toBe(false)
    expect(isDue(800, 800, 100, 800)).toBe(true)
    expect(isDue(1, 1, 1, 1)).toBe(true)
    expect(isDue(1, 1, 0, 1)).toBe(false)
  })

  it('needs about two WINDOW frames a window when the reader keeps up', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 64 * KIB } })
    pair.b.keep = false
    pair.a.send(0, pattern(1024 * KIB))
    pair.settle()
    expect(pair.b.receivedBytes).toBe(1024 * KIB)
    expect(pair.b.records.sealed).toBeLessThanOrEqual(33)
  })

  it('counts bytes that a stopped or reset stream still owed as consumed', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 1000, maxDataBytes: 1000 } })
    pair.b.autoConsume = false
    for (let round = 0; round < 5; round++) {
      const id = pair.a.mux.open('x', 0)
      expect(pair.a.mux.write(id, pattern(1000), 0, 1000)).toBe(1000)
      pair.settle()
      if (round % 2 === 0) pair.a.mux.reset(id, 1)
      else pair.b.mux.stop(id, 2)
      pair.b.mux.reset(id, 3)
      pair.settle()
      expect(pair.b.mux.stats).toMatchObject({ unconsumedBytes: 0, streams: 0 })
    }
    expect(pair.a.violation ?? pair.b.violation).toBeUndefined()
  })

  it('gives no credit for more than was received', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 1000 } })
    pair.b.autoConsume = false
    const id = pair.a.mux.open('x', 0)
    pair.a.mux.write(id, pattern(600), 0, 600)
    pair.settle()
    pair.b.mux.consume(id, 1_000_000)
    pair.b.mux.consume(id, -5)
    pair.b.mux.consume(999, 5)
    pair.settle()
    expect(pair.a.mux.write(id, pattern(5000), 0, 5000)).toBe(1000)
  })

  it('resumes when the session has room again, without losing a byte', () => {
    const pair = new MuxPair({ records: { maxWaitingBytes: 100_000 } })
    const bytes = pattern(500_000)
    pair.a.send(0, bytes)
    expect(pair.a.unsent(0)).toBeGreaterThan(300_000)
    pair.settle()
    expect(pair.b.got(0, bytes)).toBe(true)
  })
})
