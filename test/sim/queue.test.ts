import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Actor, EventQueue } from '../../src/sim/time/queue.js'

const nobody: Actor = { onEvent: () => undefined }

describe('event queue', () => {
  it('gives events by time, and those of one time in the order in which they were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), times => {
        const queue = new EventQueue()
        for (const [i, time] of times.entries()) queue.push(time, nobody, 0, i)
        const expected = times.map((time, i) => [time, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
        const got: number[][] = []
        while (queue.pop()) got.push([queue.time, queue.value])
        expect(got).toEqual(expected)
      }),
      { seed: 1 },
    )
  })

  it('keeps the order while events are pushed and popped in turn, past its first capacity', () => {
    const queue = new EventQueue()
    let state = 1
    let last = -1
    let waiting = 0
    for (let round = 0; round < 20_000; round++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      queue.push(Math.max(last, 0) + (state % 1000), nobody, 1, round, { round })
      waiting++
      if (state % 3 === 0 && queue.pop()) {
        waiting--
        expect(queue.time).toBeGreaterThanOrEqual(last)
        expect(queue.payload).toEqual({ round: queue.value })
        last = queue.time
      }
    }
    expect(queue.size).toBe(waiting)
    while (queue.pop()) {
      expect(queue.time).toBeGreaterThanOrEqual(last)
      last = queue.time
    }
    expect(queue.nextTime).toBeUndefined()
  })

  it('refuses a time that is no time', () => {
    const queue = new EventQueue()
    expect(() => queue.push(Number.NaN, nobody, 0)).toThrow(RangeError)
    expect(() => queue.push(-1, nobody, 0)).toThrow(RangeError)
    expect(queue.size).toBe(0)
  })
})
