import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../src/sim/time/random.js'

describe('seeded randomness', () => {
  it('repeats itself for a seed and differs for another', () => {
    const draw = (seed: string | number): number[] => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 20 }, () => random.next())
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw('1')).toEqual(draw(1))
    expect(draw('ab')).not.toEqual(draw('ba'))
  })

  it('forks by label, untouched by what was drawn before', () => {
    const one = new SeededRandom(5)
    const other = new SeededRandom(5)
    for (let i = 0; i < 10; i++) other.next()
    expect(one.fork('a').next()).toBe(other.fork('a').next())
    expect(one.fork('a').next()).not.toBe(one.fork('b').next())
  })

  it('spreads evenly: bytes, floats and integers', () => {
    const random = new SeededRandom('even')
    const counts = new Int32Array(256)
    for (const byte of random.fill(new Uint8Array(256_000))) counts[byte] = counts[byte] + 1
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // 255 degrees of freedom: beyond 350 once in twenty thousand.
    expect(chi).toBeLessThan(350)
    let sum = 0
    for (let i = 0; i < 100_000; i++) sum += random.float()
    expect(sum / 100_000).toBeCloseTo(0.5, 2)
    const dice = new Set(Array.from({ length: 1000 }, () => random.int(6)))
    expect([...dice].sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('fills arrays of any length, shuffles without loss, picks from what is there', () => {
    const random = new SeededRandom(3)
    for (const length of [0, 1, 3, 4, 5, 31]) expect(random.fill(new Uint8Array(length))).toHaveLength(length)
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = random.shuffle(items)
    expect(shuffled).not.toEqual(items)
    expect([...shuffled].sort()).toEqual(items)
    expect(items).toContain(random.pick(items))
    expect(() => random.pick([])).toThrow(RangeError)
  })

  it('draws nothing for certain outcomes', () => {
    const a = new SeededRandom(9)
    const b = new SeededRandom(9)
    expect(a.chance(0)).toBe(false)
    expect(a.chance(1)).toBe(true)
    expect(a.next()).toBe(b.next())
    const hits = Array.from({ length: 10_000 }, () => a.chance(0.3)).filter(Boolean).length
    expect(hits).toBeGreaterThan(2800)
    expect(hits).toBeLessThan(3200)
  })
})
