import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/core/deadlines.js'

describe('deadlines', () => {
  it('gives what a sorted list would give, whatever is set, moved and removed', () => {
    const operation = fc.tuple(fc.nat(20), fc.option(fc.nat(50), { nil: undefined }))
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), fc.nat(60), (operations, now) => {
        const deadlines = new Deadlines<number>()
        const naive = new Map<number, number>()
        for (const [item, at] of operations) {
          deadlines.set(item, at)
          if (at === undefined) naive.delete(item)
          else naive.set(item, at)
          expect(deadlines.next).toBe(naive.size === 0 ? undefined : Math.min(...naive.values()))
        }
        const taken: number[] = []
        for (let item = deadlines.take(now); item !== undefined; item = deadlines.take(now)) taken.push(item)
        const due = [...naive].filter(([, at]) => at <= now).map(([item]) => item)
        expect(taken.sort((a, b) => a - b)).toEqual(due.sort((a, b) => a - b))
      }),
      { seed: 1 },
    )
  })
})
