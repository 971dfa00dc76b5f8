import { describe, expect, it } from 'vitest'
import { applicable, goalText, judge } from '../../bench/lib/goals.mjs'
import { jsonLines, resultOf, show, tableOf } from '../../bench/lib/report.mjs'
import { reportPage } from '../../bench/kernels/report-page.mjs'
import { charts } from '../../bench/kernels/page/charts.mjs'
import { scaleOf } from '../../bench/kernels/page/scale.mjs'

const row = (unit, goal) => ({ suite: 's', row: 'r', unit, ...(goal && { goal }) })

describe('a result', () => {
  it('has the same keys in every row', () => {
    const keys = ['suite', 'row', 'unit', 'hyphae', 'peers', 'ratios', 'goal', 'met']
    expect(Object.keys(resultOf(row('µs'), { hyphae: 1 }))).toEqual(keys)
    expect(Object.keys(resultOf(row('µs', { limit: 2 }), { hyphae: 1, peer: 3 }))).toEqual(keys)
  })

  it('is a line of JSON each, with null where there is no goal', () => {
    const lines = jsonLines([resultOf(row('ms'), { hyphae: 2, peer: 5 }), resultOf(row('/s'), { hyphae: 2 })]).split(
      '\n',
    )
    expect(JSON.parse(lines[0])).toEqual({
      suite: 's',
      row: 'r',
      unit: 'ms',
      hyphae: 2,
      peers: { peer: 5 },
      ratios: { peer: 2.5 },
      goal: null,
      met: null,
    })
    expect(lines).toHaveLength(2)
  })

  it.each([
    ['µs', 2, 8, 4],
    ['µs', 8, 2, 0.25],
    ['/s', 2, 8, 0.25],
    ['MB/s', 8, 2, 4],
    ['B', 2, 8, 4],
  ])('in %s with %d beside %d is %d times as good', (unit, hyphae, peer, ratio) => {
    expect(resultOf(row(unit), { hyphae, peer }).ratios.peer).toBe(ratio)
  })
})

describe('a goal', () => {
  const judged = (goal, value, ratios, isLess = true) => judge(goal, { value, ratios, isLess })

  it('is a limit: at most for times, at least for rates', () => {
    expect(judged({ limit: 3 }, 3, {})).toBe(true)
    expect(judged({ limit: 3 }, 3.01, {})).toBe(false)
    expect(judged({ limit: 3 }, 3, {}, false)).toBe(true)
    expect(judged({ limit: 3 }, 2.99, {}, false)).toBe(false)
  })

  it('is a ratio to peers, of those that are there', () => {
    const goal = { limit: 3, ahead: { a: 2, b: 1 } }
    expect(judged(goal, 1, { a: 2, b: 1 })).toBe(true)
    expect(judged(goal, 1, { a: 1.9, b: 1 })).toBe(false)
    expect(judged(goal, 1, { b: 1 })).toBe(true)
    expect(judged({ ahead: { a: 2 } }, 1, {})).toBeNull()
    expect(judged(null, 1, {})).toBeNull()
  })

  it('is told as far as its peers are there', () => {
    expect(applicable({ limit: 3, ahead: { a: 2, b: 1 } }, ['b'])).toEqual({ limit: 3, ahead: { b: 1 } })
    expect(applicable({ ahead: { a: 2 } }, ['b'])).toBeNull()
    expect(applicable(null, ['b'])).toBeNull()
  })

  it('reads like a sentence', () => {
    expect(goalText({ limit: 0.3, ahead: { peer: 8 } }, 'µs', true)).toBe('≤ 0.3 µs, ≥ 8 × peer')
    expect(goalText({ limit: 1_000_000 }, '/s', false)).toBe('≥ 1,000,000 /s')
    expect(goalText({ ahead: { raw: 1 / 1.4 } }, 'ms', true)).toBe('≥ 0.71 × raw')
    expect(goalText({ limit: 2, ahead: { a: 1, b: 1, c: 3 } }, 'ms', true)).toBe('≤ 2 ms, ≥ 3 × c, ahead of a and b')
  })
})

describe('a table', () => {
  it('has a line a row and a column a peer', () => {
    const text = tableOf([
      resultOf({ ...row('µs', { limit: 1 }), row: 'first' }, { hyphae: 2, a: 4 }),
      resultOf({ ...row('µs', { limit: 3 }), row: 'second' }, { hyphae: 2, b: 1 }),
    ])
    const [head, , first, second] = text.split('\n')
    expect(head).toMatch(/row +unit +hyphae +goal +verdict +a +b/)
    expect(first).toMatch(/first +µs +2\.00 +≤ 1 µs +MISSED +4\.00 \(2\.00 ×\) +–/)
    expect(second).toMatch(/second .* met +– +1\.00 \(0\.50 ×\)/)
  })

  it.each([
    [0.0312, '0.031'],
    [0.312, '0.31'],
    [31.25, '31.3'],
    [312.4, '312'],
    [1_234_567, '1,234,567'],
    [undefined, '–'],
  ])('shows %d as %s', (value, text) => {
    expect(show(value)).toBe(text)
  })
})

describe('the axis of a chart', () => {
  it('is linear from zero while values are near', () => {
    const scale = scaleOf([1, 2, 4])
    expect(scale.isLog).toBe(false)
    expect(scale.at(0)).toBe(0)
    expect(scale.at(4)).toBeLessThanOrEqual(1)
    expect(scale.at(4)).toBeCloseTo(2 * scale.at(2))
    expect(scale.ticks.map(tick => tick.value)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('is logarithmic where they are far apart, and no bar vanishes', () => {
    const scale = scaleOf([0.1, 300])
    expect(scale.isLog).toBe(true)
    expect(scale.at(0.1)).toBeGreaterThan(0.02)
    expect(scale.at(300)).toBeLessThanOrEqual(1)
    expect(scale.at(100) - scale.at(10)).toBeCloseTo(scale.at(10) - scale.at(1))
  })

  it('holds values of any size', () => {
    for (const values of [[1], [0.001, 0.0011], [1e-9, 1e9], [5000, 5000], [10, 100]]) {
      const { at, ticks } = scaleOf(values)
      for (const value of values) expect(at(value)).toBeGreaterThan(0)
      for (const value of values) expect(at(value)).toBeLessThanOrEqual(1)
      expect(ticks.length).toBeGreaterThan(1)
    }
  })
})

describe('the report', () => {
  const results = [
    { ...resultOf({ ...row('µs', { limit: 1 }), row: 'seal <64>' }, { hyphae: 0.5, 'peer & co': 4 }), group: 'AEAD' },
    { ...resultOf({ ...row('k/s', { limit: 9 }), row: 'wraps' }, { hyphae: 5, peer: 8 }), group: 'Onion' },
  ]
  const about = {
    machine: 'a machine',
    load: { text: 'load average 2.00', warning: 'the machine is busy' },
    command: 'npm run bench',
    date: new Date('2026-11-20T12:00:00Z'),
  }
  const missing = [{ name: 'gone', reason: 'why' }]
  const troubles = [{ row: 'wraps', name: 'peer', reason: 'broken' }]
  const runtimes = ['Node 20', 'Firefox 153'].map(name => ({ name, results, missing, troubles }))

  it('holds every row of every runtime as chart and in a table', () => {
    const page = reportPage(runtimes, about)
    for (const { name } of runtimes) expect(page).toContain(`<h2>${name}</h2>`)
    expect(page.match(/<figure/g)).toHaveLength(4)
    for (const text of ['seal &lt;64&gt;', 'wraps']) {
      // Overview, and in each runtime the title and the table; the spoken label of the chart.
      expect(page.split(`>${text}<`)).toHaveLength(1 + 1 + 2 * 2)
      expect(page.split(`aria-label="${text}:`)).toHaveLength(1 + 2)
    }
    for (const text of [
      'a machine',
      'the machine is busy',
      '2026-11-20',
      'gone is not there: why',
      'wraps without peer: broken',
    ])
      expect(page).toContain(text)
  })

  it('stands alone: no script, nothing to load, no text of a peer as markup', () => {
    const page = reportPage(runtimes, about)
    expect(page).not.toMatch(/<script|src=|<link|https?:/)
    expect(page).not.toContain('<64>')
    expect(page).toContain('peer &amp; co')
  })

  it('tells goals, values and ratios in words beside the bars', () => {
    const text = charts(results)
    expect(text).toContain('✓ met')
    expect(text).toContain('✗ missed')
    expect(text).toContain('goal ≤ 1 µs')
    expect(text).toContain('8.00 ×')
    expect(text).toContain('aria-label="wraps: hyphae 5.00 k/s, peer 8.00 k/s"')
    expect(text).toContain('longer is better')
  })
})
