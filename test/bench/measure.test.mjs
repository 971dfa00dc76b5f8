import { describe, expect, it } from 'vitest'
import { alternate, calibrate, compare, median } from '../../bench/lib/measure.mjs'
import { quietness } from '../../bench/lib/machine.mjs'

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 100], 3],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('leaves its input as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('alternate', () => {
  it('lets every candidate begin in its turn', async () => {
    const order = []
    const turn = name => () => order.push(name)
    const lists = await alternate({ a: turn('a'), b: turn('b'), c: turn('c') }, 3)
    expect(order.join('')).toBe('abcbcacab')
    expect(lists).toEqual({ a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] })
  })

  it('lets a slow one sit out once it had its time, after five turns', async () => {
    const { now, work } = virtual()
    const lists = await alternate({ quick: work(1), slow: work(100) }, 50, { mostMs: 300, now })
    expect(lists.quick).toHaveLength(50)
    expect(lists.slow).toHaveLength(5)
  })

  it('awaits turns', async () => {
    expect(await alternate({ a: () => Promise.resolve(7) }, 2)).toEqual({ a: [7, 7] })
  })
})

/** A clock that only work moves on. */
function virtual() {
  let ms = 0
  return { now: () => ms, work: cost => () => (ms += cost), pass: more => (ms += more) }
}

describe('calibrate', () => {
  it.each([
    [0.001, 2000],
    [0.5, 4],
    [50, 1],
  ])('of work of %d ms a call answers %d calls a turn of 2 ms', (cost, expected) => {
    const { now, work } = virtual()
    expect(Math.abs(calibrate(work(cost), { turnMs: 2, now }) - expected)).toBeLessThanOrEqual(expected * 0.01)
  })

  it('warms up by enough calls, but not for ever', () => {
    const { now, work } = virtual()
    let calls = 0
    const slow = work(100)
    calibrate(() => (calls++, slow()), { mostMs: 400, now })
    expect(calls).toBeLessThan(10)
    const quick = work(0.0001)
    calls = 0
    calibrate(() => (calls++, quick()), { warmMs: 0, warmCalls: 3000, now })
    expect(calls).toBeGreaterThanOrEqual(3000)
  })
})

describe('compare', () => {
  it('answers nanoseconds a call', async () => {
    const { now, work } = virtual()
    const ns = await compare({ quick: work(0.001), slow: work(0.25) }, { rounds: 3, turnMs: 2, now })
    expect(ns.quick).toBeCloseTo(1000, 3)
    expect(ns.slow).toBeCloseTo(250_000, 3)
  })

  it('is not moved by a noisy moment', async () => {
    const { now, work, pass } = virtual()
    const step = work(0.25)
    let calls = 0
    const ns = await compare(
      { disturbed: () => (++calls % 1000 === 0 ? pass(30) : step()) },
      { rounds: 9, turnMs: 2, now },
    )
    expect(ns.disturbed).toBeCloseTo(250_000, 3)
  })
})

describe('quietness', () => {
  it('warns above a load of one', () => {
    expect(quietness(0.4).warning).toBeUndefined()
    expect(quietness(1.01).warning).toContain('1.01')
  })
})
